"""Who is turned away, with which code, and what staff can read of it."""

import pytest

from pos import tables
from pos.codec.message import Message
from pos.codes import Code
from pos.crypto.des import Double
from pos.crypto.pin import make_block
from pos.judge import Opened, Turned
from tests.pos.stand import TERMINAL, Stand
from tests.support.world import PASSWORD, World


def turned(stand: Stand, message: Message, **how: object) -> Turned:
    [judged] = stand.judged(stand.hand.frame(message, **how))  # type: ignore[arg-type]
    assert isinstance(judged, Turned), judged
    return judged


def test_a_sale_is_opened(stand: Stand) -> None:
    sale = stand.hand.sale(5000)
    [opened] = stand.judged(stand.hand.frame(sale))
    assert isinstance(opened, Opened)
    assert (opened.amount_minor, opened.pin, opened.reference) == (5000, PASSWORD, f"000001{sale.text(11)}")
    assert PASSWORD not in repr(opened)


def test_a_terminal_nobody_knows(stand: Stand) -> None:
    stand.hand.number = "KC999999"
    found = turned(stand, stand.hand.sale())
    assert (found.code, found.event, found.terminal) == (Code.NO_TERMINAL, "unknown_terminal", None)


def test_another_merchant(stand: Stand) -> None:
    stand.hand.merchant = "800000000000002"
    assert turned(stand, stand.hand.sale()).code is Code.NO_MERCHANT


def test_another_line(world: World) -> None:
    stand = Stand(world, line="075526838888")
    frame = stand.hand.frame(stand.hand.sign_in_message(), mac=False)
    assert [item.code for item in stand.judged(frame) if isinstance(item, Turned)] == [Code.BLOCKED]
    block = bytes.fromhex("4C5249001C" + "0000075526838888"[:16] + "96533FFFFFFFFFFF" + "580009490006000000220030")
    assert isinstance(stand.judged(frame[:5] + block + frame[5:])[0], Opened)
    stand.close()


def test_a_function_that_is_not_offered(stand: Stand) -> None:
    sale = stand.hand.sale()
    for fields in ({3: "200000"}, {3: "000000"}):
        assert turned(stand, Message("0200", {**sale.fields, **fields})).code is Code.NOT_OFFERED
    assert turned(stand, stand.hand.message("0800", {11: "000001"}, network="370"), mac=False).code is Code.NOT_OFFERED


@pytest.mark.parametrize("missing", [3, 4, 11, 25, 41, 42, 48, 49, 52, 53, 60])
def test_a_sale_without_a_field(stand: Stand, missing: int) -> None:
    sale = stand.hand.sale()
    found = turned(stand, Message("0200", {number: value for number, value in sale.fields.items() if number != missing}))
    codes = {3: Code.NOT_OFFERED, 41: Code.NO_TERMINAL, 42: Code.NO_MERCHANT}
    assert found.code is codes.get(missing, Code.FORMAT)


def test_another_currency(stand: Stand) -> None:
    sale = stand.hand.sale()
    found = turned(stand, Message("0200", {**sale.fields, 49: "840"}))
    assert (found.code, found.detail) == (Code.FORMAT, "field 49 at 0: another currency")


def test_elements_that_do_not_hold_together(stand: Stand) -> None:
    sale = stand.hand.sale()
    found = turned(stand, Message("0200", {**sale.fields, 48: b"CZ01010512#"}))
    assert (found.code, found.event) == (Code.FORMAT, "bad_content")
    assert found.detail.startswith("field 48")


def test_a_wrong_mac_and_none(stand: Stand) -> None:
    sale = stand.hand.sale()
    assert turned(stand, sale, mac=False).code is Code.MAC
    good = stand.hand.frame(sale)
    [bad] = stand.judged(good[:-1] + bytes([good[-1] ^ 1]))
    assert isinstance(bad, Turned)
    assert (bad.code, bad.event, bad.detail) == (Code.MAC, "bad_mac", "recharge")
    [changed] = stand.judged(good[:25] + bytes([good[25] ^ 1]) + good[26:])
    assert isinstance(changed, Turned)


def test_a_mac_that_need_not_be_there_must_be_good(stand: Stand) -> None:
    echo = stand.hand.message("0820", {}, network="301")
    assert isinstance(stand.judged(stand.hand.frame(echo))[0], Opened)
    frame = stand.hand.frame(echo)
    [bad] = stand.judged(frame[:-1] + bytes([frame[-1] ^ 1]))
    assert isinstance(bad, Turned)


def test_not_signed_in(unsigned: Stand) -> None:
    unsigned.hand.mac_key, unsigned.hand.pin_key, unsigned.hand.batch = bytes(range(16)), bytes(range(16)), 1
    assert turned(unsigned, unsigned.hand.sale()).event == "not_signed_in"
    echo = unsigned.hand.message("0820", {}, network="301")
    assert isinstance(unsigned.judged(unsigned.hand.frame(echo))[0], Opened)


@pytest.mark.parametrize(
    "fields",
    [{52: bytes(8)}, {53: "0600000000000000"}, {53: "2600000000000000"}, {53: "2600000000000000", 2: "123456789012"}],
)
def test_a_pin_block_that_does_not_open(stand: Stand, fields: dict[int, str | bytes]) -> None:
    sale = stand.hand.sale()
    assert turned(stand, Message("0200", {**sale.fields, **fields})).code is Code.PIN_BLOCK


def test_a_pin_block_with_an_account_number(stand: Stand) -> None:
    sale, account = stand.hand.sale(), "6222000012345678901"
    block = Double(stand.hand.pin_key).encrypt(make_block(PASSWORD, account))
    message = Message("0200", {**sale.fields, 2: account, 52: block, 53: "2600000000000000"})
    [opened] = stand.judged(stand.hand.frame(message))
    assert isinstance(opened, Opened)
    assert opened.pin == PASSWORD


def test_another_batch(stand: Stand) -> None:
    found = turned(stand, stand.hand.sale(batch=7))
    assert (found.code, found.event, found.detail) == (Code.BATCH, "other_batch", "7, where 1 is open")
    with stand.world.database.write() as connection:
        connection.execute(tables.batch.update().values(state="closed"))
    assert turned(stand, stand.hand.sale()).code is Code.BATCH


def test_a_key_store_that_is_away_leaves_a_sale_undecided(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    from pos.keys.vault import VaultError

    def away(*_: object) -> None:
        raise VaultError("the token refused")

    monkeypatch.setattr(stand.vault, "mac", away)
    assert turned(stand, stand.hand.sale()).code is Code.UNDECIDED
    parameters = stand.hand.message("0800", {11: "000010", 62: b"000000"}, network="360")
    assert turned(stand, parameters).code is Code.SYSTEM


def test_what_staff_can_read(stand: Stand) -> None:
    sale = stand.hand.sale(batch=7)
    stand.send(sale)
    stand.send(sale, mac=False)
    stand.registry.block(TERMINAL, "lost")
    stand.send(stand.hand.sale())
    assert stand.events() == ["other_batch", "bad_mac", "blocked"]
