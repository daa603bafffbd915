"""Our codec and the simulated farm's, written apart from each other: each reads what the other writes."""

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gsm import pdu, text, udh
from gsm.modem.stk import Wish, proactive
from simulators.modem_farm import pdu as peer
from simulators.modem_farm import toolkit, toolkit_dialects
from tests.gsm.test_pdu import any_text

COUNT = 200
ZONES = [UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))]


def number(chance: random.Random) -> str:
    digits = "".join(chance.choice("0123456789") for _ in range(chance.randrange(3, 15)))
    return chance.choice(["", "+"]) + digits


def test_the_farm_reads_our_submits() -> None:
    chance = random.Random()
    for _ in range(COUNT):
        message, to, reference = any_text(chance), number(chance), chance.randrange(256)
        shown = ""
        for part in pdu.submits(to, message, reference):
            line, octets = pdu.encode(part)
            read = peer.read_submit(line, octets)
            assert read.recipient == to
            assert read.part.content == part.data
            place = udh.part_of(part.header)
            assert read.part.place == ((place.reference, place.count, place.number) if place else None)
            shown += read.part.text
        assert shown == message


def test_we_read_the_farms_delivers() -> None:
    chance = random.Random()
    for _ in range(COUNT):
        message, sender = any_text(chance) or ".", chance.choice([number(chance), "TELKOMSEL", "Bank 1"])
        at = datetime(2026, 3, 1, tzinfo=chance.choice(ZONES)) + timedelta(seconds=chance.randrange(10**7))
        shown = ""
        for part in peer.parts_of(message, chance.randrange(256)):
            line, _ = peer.whole(peer.Deliver(sender, part, at, "+6281100000"))
            read = pdu.decode(line)
            assert isinstance(read, pdu.Deliver)
            assert (str(read.sender), read.sent_at) == (sender, at.replace(microsecond=0))
            assert str(read.centre) == "+6281100000"
            place = udh.part_of(read.header)
            assert part.place == ((place.reference, place.count, place.number) if place else None)
            shown += text.decode(read.data, read.coding)
        assert shown == message


@pytest.mark.parametrize("length", [0, 1, 139, 140])
def test_binary_data_both_ways(length: int) -> None:
    data = bytes(range(256))[:length]
    line, octets = pdu.encode(pdu.Submit(pdu.Address("777"), data, text.BINARY))
    assert peer.read_submit(line, octets).part.content == data
    line, _ = peer.whole(peer.Deliver("777", peer.Part(data, peer.EIGHT_BITS), datetime(2026, 1, 1, tzinfo=UTC)))
    read = pdu.decode(line)
    assert isinstance(read, pdu.Deliver)
    assert read.data == data


@pytest.mark.parametrize(
    ("wish", "kind"),
    [
        (toolkit.Wish("menu", "TELKOMSEL", {1: "Isi pulsa", 2: "Cek stok"}), Wish.MENU),
        (toolkit.Wish("item", "金额", {1: "10", 2: "五十"}), Wish.ITEM),
        (toolkit.Wish("input", "No tujuan:", least=6, most=16), Wish.INPUT),
        (toolkit.Wish("input", "密码:", least=4, most=8, hidden=True), Wish.INPUT),
        (toolkit.Wish("text", "x" * 150), Wish.TEXT),
        (toolkit.Wish("sms", "R 0813 10 1234"), Wish.SMS),
    ],
)
def test_we_read_what_the_farms_cards_wish(wish: toolkit.Wish, kind: Wish) -> None:
    shown = proactive(toolkit_dialects.proactive(wish))
    assert (shown.wish, shown.text, dict(shown.items)) == (kind, wish.title, wish.items)
