"""The phone's way to the network, against the simulated centre itself; and how parts of a long SMS come together."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession

from gsm import concat
from simulators.phone.network import Network, NoNetwork, Seen, Sms, joined, same_number
from simulators.smsc.testing import start
from tests.support.machine import free_port

MESSAGE = bytes.fromhex("02700000380e")


def part(text: str, udh: str = "", recipient: str = "13800138001", sender: str = "10658") -> dict[str, Any]:
    return {"sender": sender, "recipient": recipient, "udh": udh, "text": text}


def texts(*told: dict[str, Any]) -> list[tuple[int, str]]:
    return [(sms.place, sms.text) for sms in joined(list(told))]


def test_single_messages_stay_single() -> None:
    assert texts(part("a"), part("b")) == [(1, "a"), (2, "b")]
    assert joined([part("a")]) == [Sms(1, "10658", "13800138001", "a")]
    assert joined([]) == []


def test_parts_come_together_where_the_first_one_stood() -> None:
    assert texts(part("one ", "050003070201"), part("x"), part("two", "050003070202")) == [(1, "one two"), (2, "x")]


def test_a_reference_used_again_is_another_message() -> None:
    first, second = part("a", "050003070201"), part("b", "050003070202")
    assert texts(first, second, first, second) == [(1, "ab"), (3, "ab")]


def test_parts_to_different_phones_stay_apart() -> None:
    other = "13800138002"
    told = texts(part("a", "050003070201"), part("A", "050003070201", other), part("b", "050003070202"), part("B", "050003070202", other))
    assert told == [(1, "ab"), (2, "AB")]


def test_a_part_without_its_first_is_shown_as_it_is() -> None:
    assert texts(part("two", "050003070202")) == [(1, "two")]


@pytest.mark.parametrize("length", [1, 70, 71, 134, 200, 500])
def test_what_the_platform_cuts_is_read_as_it_was_written(length: int) -> None:
    text = ("充值成功，余额100.00元。€ " * 50)[:length]
    pieces = concat.split(text, 300)
    told = [part(piece.data.decode("utf-16-be"), piece.header.hex()) for piece in pieces]
    assert [sms.text for sms in joined(told)] == [text]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("13800138000", "+8613800138000", True),
        ("8613800138000", "13800138000", True),
        ("13800138000", "13800138001", False),
        ("10658", "13800138001", False),
    ],
)
def test_a_number_is_the_same_with_its_countrys_code(first: str, second: str, same: bool) -> None:
    assert same_number(first, second) is same


def test_a_message_is_handed_to_the_centre_and_seen_there() -> None:
    async def steps(address: str) -> tuple[int, Seen]:
        async with ClientSession() as session:
            network = Network(session, address + "/")
            return await network.send("13800138001", "10658", MESSAGE), await network.look()

    with start(free_port(), control := free_port()) as centre:
        number, seen = asyncio.run(steps(f"http://127.0.0.1:{control}"))
        (told,) = centre.messages("13800138001")["mo"]
    assert (told["udh"], told["data"], told["coding"], told["recipient"]) == ("027000", "00380e", 0xF6, "10658")
    assert seen == Seen([], {number: ("waiting", 0)}, False)


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_a_centre_that_is_not_there_is_named(path: str) -> None:
    async def steps() -> None:
        async with ClientSession() as session:
            network = Network(session, f"http://127.0.0.1:{free_port()}{path}")
            with pytest.raises(NoNetwork):
                await network.look()
            with pytest.raises(NoNetwork):
                await network.send("13800138001", "10658", MESSAGE)

    asyncio.run(steps())
