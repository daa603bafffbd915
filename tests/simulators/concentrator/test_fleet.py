"""Terminals by the dozen: signed in, selling at a pace, every end counted, every wait timed from when the sale was due."""

import asyncio
from itertools import islice

import pytest

from simulators.concentrator.fleet import LOST, NO_ANSWER, NOT_VOUCHED, Fleet, Lane, NotSignedIn, Report, orders
from simulators.concentrator.link import Link
from tests.simulators.concentrator.conftest import linked, terminal
from tests.simulators.pos_terminal.host import PASSWORD, Fields, Heard, Host


def fleet(link: Link, count: int = 5, seconds: float = 30) -> Fleet:
    # The tests' host keeps sales by batch and trace alone: every terminal begins with other traces.
    return Fleet([Lane(link, number, terminal(number, trace=number * 1000), seconds) for number in range(1, count + 1)])


def test_every_order_is_sold_once_and_vouched_for(host: Host) -> None:
    async def steps(link: Link) -> None:
        terminals = fleet(link)
        await terminals.sign_in(PASSWORD)
        report = await terminals.sell(islice(orders("1380013", 5000), 40))
        assert report.codes == {"00": 40}
        assert len(report.seconds) == 40

    linked(host.port, steps)
    sales = [one for one in host.heard if one.type == "0200"]
    assert all(one.mac_good for one in sales)
    assert len({one.key for one in sales}) == 40
    numbers = sorted(bytes.fromhex(one.fields[48])[8:19].decode("ascii") for one in sales)
    assert numbers == [f"1380013{number:04d}" for number in range(40)]


@pytest.mark.parametrize("algorithm", ["x9.19", "cup-ecb", "x9.9"])
def test_every_profile(host: Host, algorithm: str) -> None:
    host.algorithm = algorithm

    async def steps(link: Link) -> None:
        lane = Lane(link, 1, terminal(1, mac=algorithm))
        await lane.sign_in(PASSWORD)
        assert await lane.recharge("13800138000", 5000) == ("00", 2)

    linked(host.port, steps)


def test_refusals_are_counted_by_code(host: Host) -> None:
    host.outcomes = ["51", "A6", "05", "51"]

    async def steps(link: Link) -> None:
        terminals = fleet(link, 1)
        await terminals.sign_in(PASSWORD)
        report = await terminals.sell(islice(orders("1380013", 5000), 6))
        assert report.codes == {"00": 2, "51": 2, "A6": 1, "05": 1}

    linked(host.port, steps)


def test_the_outcome_can_be_asked_for(host: Host) -> None:
    async def steps(link: Link) -> None:
        lane = Lane(link, 1, terminal(1))
        await lane.sign_in(PASSWORD)
        code, trace = await lane.recharge("13800138000", 5000)
        assert await lane.question(trace, "13800138000", 5000) == code
        assert await lane.question(trace + 1, "13800138000", 5000) == "25"

    linked(host.port, steps)
    assert host.types() == ["0800", "0200", "0220", "0220"]


def test_what_did_not_come_or_is_not_vouched_for_is_not_timed(host: Host) -> None:
    async def steps(link: Link) -> None:
        terminals = fleet(link, 1)
        await terminals.sign_in(PASSWORD)
        host.forge = True
        report = await terminals.sell([("13800138000", 5000)])
        assert (report.codes, report.seconds) == ({NOT_VOUCHED: 1}, [])
        host.forge = False
        host.misbehave = lambda _, __: None
        report = await terminals.sell([("13800138000", 5000)])
        assert report.codes == {LOST: 1}

    linked(host.port, steps)


def test_an_answer_to_another_sale_is_not_taken(host: Host) -> None:
    def late(heard: Heard, answer: Fields) -> Fields:
        return answer | ({11: "000001"} if heard.type == "0200" else {})

    async def steps(link: Link) -> None:
        terminals = fleet(link, 1)
        await terminals.sign_in(PASSWORD)
        host.misbehave = late
        assert (await terminals.sell([("13800138000", 5000)])).codes == {NOT_VOUCHED: 1}

    linked(host.port, steps)


def test_silence_is_counted(host: Host) -> None:
    async def steps(link: Link) -> None:
        terminals = fleet(link, 1)
        await terminals.sign_in(PASSWORD)
        terminals.lanes[0]._seconds = 0.05
        host.answers = lambda _: []  # type: ignore[method-assign,assignment]
        assert (await terminals.sell([("13800138000", 5000)])).codes == {NO_ANSWER: 1}

    linked(host.port, steps)


def test_who_is_not_let_in_cannot_sell(host: Host) -> None:
    host.misbehave = lambda _, answer: answer | {39: "58", 62: ""}

    async def steps(link: Link) -> None:
        lane = Lane(link, 1, terminal(1))
        with pytest.raises(NotSignedIn, match="58"):
            await lane.sign_in(PASSWORD)
        with pytest.raises(NotSignedIn):
            await lane.recharge("13800138000", 5000)

    linked(host.port, steps)


def test_a_pace_is_kept_by_the_clock(host: Host) -> None:
    async def steps(link: Link) -> None:
        terminals = fleet(link)
        await terminals.sign_in(PASSWORD)
        report = await terminals.sell(islice(orders("1380013", 5000), 20), rate=100)
        assert report.elapsed >= 0.19
        assert report.codes == {"00": 20}

    linked(host.port, steps)


def test_waiting_for_a_free_terminal_counts_as_waiting(host: Host) -> None:
    """One terminal, ten sales due at once: the last one's wait has all others' in it."""

    async def steps(link: Link) -> None:
        terminals = fleet(link, 1)
        await terminals.sign_in(PASSWORD)
        report = await terminals.sell(islice(orders("1380013", 5000), 10), rate=1e6)
        assert report.seconds == sorted(report.seconds)
        assert report.seconds[-1] <= report.elapsed

    linked(host.port, steps)


def test_terminals_can_have_connections_of_their_own(host: Host) -> None:
    async def whole() -> None:
        links = [await Link.connect("127.0.0.1", host.port) for _ in range(4)]
        terminals = Fleet([Lane(link, 1, terminal(number, trace=number * 1000)) for number, link in enumerate(links)])
        await terminals.sign_in(PASSWORD)
        assert (await terminals.sell(islice(orders("1380013", 5000), 12))).codes == {"00": 12}
        for link in links:
            await link.close()

    asyncio.run(whole())


def test_percentiles() -> None:
    report = Report([number / 1000 for number in range(100, 0, -1)], elapsed=2.0)
    assert report.percentile(0.5) == 0.051
    assert report.percentile(0.99) == 0.1
    assert report.per_second == 50
    assert (Report().percentile(0.99), Report().per_second) == (0.0, 0.0)


def test_orders_count_up_in_eleven_digits() -> None:
    assert list(islice(orders("1380013", 1000), 2)) == [("13800130000", 1000), ("13800130001", 1000)]
    assert next(orders("138", 1000, first=10**8 + 7))[0] == "13800000007"
