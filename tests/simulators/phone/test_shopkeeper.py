"""The shopkeeper: every item of the menu leaves as the card makes it, and what is filled in wrongly does not leave."""

import asyncio
import random
from typing import Any

import pytest

from simulators.phone.drawer import Drawer, NoSuchCard
from simulators.phone.network import NoNetwork, Sms
from simulators.phone.shopkeeper import ABOUT_LAST, FIELDS, CannotSend, Shopkeeper, checked, fen
from simulators.sim_card import menu
from simulators.sim_card.card import TAR
from simulators.sim_card.packet import Keys, unpack
from tests.simulators.phone.conftest import FIRST, NUMBER, PASSWORD, SECOND, Kept

FILLED = {"number": NUMBER, "receiver": "20001", "amount": "50.00", "password": PASSWORD, "new_password": "864209"}


@pytest.fixture
def shopkeeper(drawer: Drawer, kept: Any) -> Shopkeeper:
    return Shopkeeper(drawer, kept, "10658", random.Random(7))


def choose(shopkeeper: Shopkeeper, item: str, name: str = FIRST, **changes: str) -> None:
    asyncio.run(shopkeeper.choose(name, item, FILLED | changes))


def trick(shopkeeper: Shopkeeper, what: str, name: str = FIRST) -> str:
    return asyncio.run(shopkeeper.trick(name, what))


def opened(drawer: Drawer, message: bytes, name: str = FIRST) -> dict[int, bytes]:
    """The body of a message, opened with the card's own keys."""
    keys: Keys = drawer.card(name)._keys(1)
    return menu.fields_of(unpack({1: keys}, TAR, message)[1])


def test_a_recharge_leaves_as_it_was_filled_in(shopkeeper: Shopkeeper, drawer: Drawer, kept: Kept) -> None:
    choose(shopkeeper, "recharge")
    ((sender, recipient, message),) = kept.sent
    assert (sender, recipient) == ("13800138001", "10658")
    fields = opened(drawer, message)
    assert fields[0x81] == bytes([1, menu.RECHARGE])
    assert fields[0x83] == menu.digits(NUMBER, 6)
    assert int.from_bytes(fields[0x84]) == 50_00
    assert fields[0x85] == menu.digits(PASSWORD, 3)


@pytest.mark.parametrize(
    ("item", "operation"),
    [
        ("repeat", menu.REPEAT),
        ("balance", menu.BALANCE),
        ("query", menu.QUERY),
        ("reversal", menu.REVERSAL),
        ("transfer", menu.TRANSFER),
        ("change_password", menu.PASSWORD),
    ],
)
def test_every_item_is_its_own_operation(shopkeeper: Shopkeeper, drawer: Drawer, kept: Kept, item: str, operation: int) -> None:
    choose(shopkeeper, "recharge")
    choose(shopkeeper, item)
    assert opened(drawer, kept.sent[-1][2])[0x81] == bytes([1, operation])
    assert set(FIELDS) == {"recharge", "repeat", "balance", "query", "reversal", "transfer", "change_password"}


def test_what_left_is_remembered_without_the_password(shopkeeper: Shopkeeper, kept: Kept) -> None:
    kept.sms = [Sms(1, "10658", "13800138002", "x"), Sms(4, "10658", "13800138001", "y")]
    choose(shopkeeper, "recharge")
    choose(shopkeeper, "balance", SECOND)
    (sent,) = shopkeeper.sent_by("13800138001")
    assert (sent.item, sent.about, sent.after) == ("recharge", (NUMBER, "50.00"), 4)
    assert PASSWORD not in repr(shopkeeper.sent_by("13800138001"))
    assert [one.item for one in shopkeeper.sent_by("13800138002")] == ["balance"]


@pytest.mark.parametrize("item", ABOUT_LAST)
def test_without_a_sale_there_is_nothing_to_ask_about(shopkeeper: Shopkeeper, kept: Kept, item: str) -> None:
    with pytest.raises(CannotSend) as error:
        choose(shopkeeper, item)
    assert error.value.why == "no_sale"
    assert not kept.sent


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("number", "1380", "bad_number"),
        ("number", "1380013800x", "bad_number"),
        ("number", "１３８００１３８０００", "bad_number"),
        ("number", "1" * 13, "bad_number"),
        ("amount", "", "bad_amount"),
        ("amount", "50.001", "bad_amount"),
        ("amount", "-5", "bad_amount"),
        ("amount", "5e3", "bad_amount"),
        ("password", "123", "bad_password"),
        ("password", "1234567", "bad_password"),
    ],
)
def test_what_is_filled_in_wrongly_does_not_leave(
    shopkeeper: Shopkeeper, drawer: Drawer, kept: Kept, field: str, value: str, why: str
) -> None:
    with pytest.raises(CannotSend) as error:
        choose(shopkeeper, "recharge", **{field: value})
    assert error.value.why == why
    assert not kept.sent
    assert drawer.card(FIRST).counter == 0


def test_spaces_around_are_not_meant() -> None:
    assert checked("recharge", FILLED | {"number": f" {NUMBER} "})["number"] == NUMBER
    assert checked("balance", FILLED) == {}
    with pytest.raises(CannotSend, match="bad_password"):
        checked("change_password", FILLED | {"new_password": "12ab"})


@pytest.mark.parametrize(("amount", "expected"), [("50", 50_00), ("50.5", 50_50), ("0.29", 29), ("999999.99", 99999999)])
def test_amounts_are_exact(amount: str, expected: int) -> None:
    assert fen(amount) == expected


def test_the_same_packet_again_is_octet_for_octet_the_same(shopkeeper: Shopkeeper, drawer: Drawer, kept: Kept) -> None:
    choose(shopkeeper, "recharge")
    assert trick(shopkeeper, "resend") == "sent"
    assert kept.sent[0] == kept.sent[1]
    assert drawer.card(FIRST).counter == 1


def test_a_damaged_packet_keeps_its_header_and_nothing_else_is_sure(shopkeeper: Shopkeeper, kept: Kept) -> None:
    choose(shopkeeper, "recharge")
    for _ in range(50):
        trick(shopkeeper, "corrupt")
    whole = kept.sent[0][2]
    damaged = [message for _, _, message in kept.sent[1:]]
    assert all(message != whole and message.startswith(whole[:3]) for message in damaged)


def test_a_cloned_card_sends_under_the_same_number(shopkeeper: Shopkeeper, kept: Kept) -> None:
    assert trick(shopkeeper, "clone") == "cloned"
    assert not kept.sent
    choose(shopkeeper, "balance", f"{FIRST}-clone1")
    assert kept.sent[0][0] == "13800138001"


@pytest.mark.parametrize("what", ["resend", "corrupt"])
def test_a_card_that_sent_nothing_has_nothing_to_send_again(shopkeeper: Shopkeeper, what: str) -> None:
    with pytest.raises(CannotSend, match="no_message"):
        trick(shopkeeper, what)


def test_without_a_network_the_card_does_not_count(shopkeeper: Shopkeeper, drawer: Drawer, kept: Kept) -> None:
    kept.away = True
    with pytest.raises(NoNetwork):
        choose(shopkeeper, "balance")
    assert drawer.card(FIRST).counter == 0
    assert shopkeeper.sent_by("13800138001") == []


def test_a_card_that_is_not_there(shopkeeper: Shopkeeper) -> None:
    with pytest.raises(NoSuchCard):
        choose(shopkeeper, "balance", "nobody")
    with pytest.raises(NoSuchCard):
        trick(shopkeeper, "resend", "nobody")


def test_two_presses_at_once_are_two_counted_messages(shopkeeper: Shopkeeper, drawer: Drawer, kept: Kept) -> None:
    async def both() -> None:
        await asyncio.gather(shopkeeper.choose(FIRST, "recharge", FILLED), shopkeeper.choose(FIRST, "balance", FILLED))

    asyncio.run(both())
    # Under one counter they would look like two cards, and the platform would block them.
    keys = drawer.card(FIRST)._keys(1)
    assert sorted(unpack({1: keys}, TAR, message)[0] for _, _, message in kept.sent) == [1, 2]
    assert drawer.card(FIRST).counter == 2


def test_every_sale_has_a_nonce_of_its_own_and_a_repeat_has_the_sales(shopkeeper: Shopkeeper, drawer: Drawer, kept: Kept) -> None:
    choose(shopkeeper, "recharge")
    choose(shopkeeper, "recharge")
    choose(shopkeeper, "repeat")
    first, second, repeat = (opened(drawer, message)[0x82] for _, _, message in kept.sent)
    assert first != second
    assert repeat == second
