"""Every row of the document's table of messages: what the answer carries, exactly, for each kind of terminal."""

from collections.abc import Iterator

import pytest

from pos.codec.message import Message
from pos.fields.elements import Tag
from tests.pos.stand import Stand
from tests.support.world import World

ALWAYS = {12, 13, 37, 39, 41, 42}
SALE = ALWAYS | {3, 4, 11, 15, 38, 48, 49, 60, 63}


@pytest.fixture(params=["own", "cup", "x99"])
def any_stand(request: pytest.FixtureRequest, world: World) -> Iterator[Stand]:
    """A signed-in terminal of each profile."""
    made = Stand(world, request.param)
    made.sign_in()
    yield made
    made.close()


def carried(answer: Message) -> set[int]:
    return set(answer.fields)


def mac(stand: Stand, *, asked: bool) -> set[int]:
    """F64, where the profile has it in this answer."""
    return {64} if asked or stand.hand.profile == "own" else set()


def test_sign_in(any_stand: Stand) -> None:
    answer = any_stand.sign_in()
    assert carried(answer) == ALWAYS | {11, 32, 60, 62, 63}


def test_sign_off(any_stand: Stand) -> None:
    answer = any_stand.send(any_stand.hand.message("0820", {11: "000050"}, network="002"), mac=False)
    # The keys went with it, but this answer is still under them.
    assert carried(answer) == ALWAYS | {11, 60} | mac(any_stand, asked=False)


def test_echo_and_status(any_stand: Stand) -> None:
    echo = any_stand.send(any_stand.hand.message("0820", {}, network="301"), mac=False)
    status = any_stand.send(any_stand.hand.message("0820", {62: b"000"}, network="362"), mac=False)
    assert carried(echo) == carried(status) == ALWAYS | {60} | mac(any_stand, asked=False)


def test_parameters(any_stand: Stand) -> None:
    answer = any_stand.send(any_stand.hand.message("0800", {11: "000051", 62: b"000000"}, network="360"))
    assert carried(answer) == ALWAYS | {11, 60, 62, 64}


def test_balance(any_stand: Stand) -> None:
    fields = {3: "310000", 11: "000052", 25: "00", 49: "156"}
    answer = any_stand.send(any_stand.hand.message("0200", fields, network="000", kind="01"))  # type: ignore[arg-type]
    assert carried(answer) == ALWAYS | {3, 11, 49, 54, 60, 64}


def test_number(any_stand: Stand) -> None:
    sale = any_stand.hand.sale()
    fields = {number: sale.fields[number] for number in (41, 42, 48)} | {3: "310000", 11: "000053", 25: "87", 60: "01000001000"}
    assert carried(any_stand.send(Message("0100", fields))) == ALWAYS | {3, 11, 48, 60, 64}


def test_recharge_confirm_cancel_and_reversal(any_stand: Stand) -> None:
    sale, sold = any_stand.sold()
    assert carried(sold) == SALE | {64}
    confirmed = any_stand.send(any_stand.hand.about(sale, "0220"))
    assert carried(confirmed) == SALE - {63} | {64}
    cancelled = any_stand.wait(any_stand.hand.cancel(sale))
    assert carried(cancelled) == SALE | {64}
    reversed_again = any_stand.send(any_stand.hand.about(sale, "0400"))
    assert carried(reversed_again) == ALWAYS | {3, 4, 11, 48, 49, 60, 64}


def test_settlement_and_upload(any_stand: Stand) -> None:
    fields = {11: "000060", 48: "0" * 62, 49: "156", 63: b"01 "}
    settled = any_stand.send(any_stand.hand.message("0500", fields, network="201"))  # type: ignore[arg-type]
    assert carried(settled) == (ALWAYS - {39}) | {11, 15, 48, 49, 60, 63, 64}
    ended = any_stand.send(any_stand.hand.message("0320", {11: "000061"}, network="207"), mac=False)
    assert carried(ended) == ALWAYS | {11, 60} | mac(any_stand, asked=False)


def test_a_refusal_carries_what_the_answer_would(any_stand: Stand) -> None:
    refused = any_stand.send(any_stand.hand.sale(1234))
    assert carried(refused) == SALE - {15, 38} | {64}
    assert set(any_stand.elements(refused)) == {Tag.NUMBER, Tag.TEXT}


def test_what_is_repeated_is_repeated_octet_by_octet(any_stand: Stand) -> None:
    sale = any_stand.hand.sale()
    long_use = Message("0200", {**sale.fields, 60: sale.text(60) + "60000000"})
    answer = any_stand.send(long_use)
    for number in (3, 4, 11, 41, 42, 49, 60):
        assert answer.fields[number] == long_use.fields[number]
    assert answer.octets(63)[:3] == b"01 "
