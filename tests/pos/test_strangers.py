"""What somebody on the wire can do with what he has heard, and with what he makes up: nothing that moves money."""

from contextlib import suppress
from random import Random

import pytest

from pos import tables
from pos.codec.errors import FrameError
from pos.codec.frame import parse
from pos.codec.message import Message
from pos.crypto.des import Double
from pos.crypto.pin import make_block
from pos.judge import Opened, Turned
from tests.pos.stand import MERCHANT, TERMINAL, Hand, Stand
from tests.support.world import PASSWORD, World


def code(stand: Stand, frame: bytes) -> str:
    return stand.answer(*stand.steps(frame)[0]).text(39)


def test_a_sale_heard_on_the_wire_and_sent_again_is_the_same_sale(stand: Stand) -> None:
    sale = stand.hand.sale()
    frame = stand.hand.frame(sale)
    stand.wait(sale)
    for _ in range(5):
        assert code(stand, frame) == "00"
    assert stand.orders() == [(5000, "succeeded")]
    assert stand.world.balance("A") == 95100


def test_the_same_after_a_new_sign_in_is_under_keys_that_are_gone(stand: Stand) -> None:
    frame = stand.hand.frame(stand.hand.sale())
    stand.sign_in()
    assert code(stand, frame) == "A0"
    assert stand.orders() == []


def test_a_password_block_moved_into_another_sale_does_not_help_without_the_mac(stand: Stand) -> None:
    heard = stand.hand.sale(pin=PASSWORD)
    forged = Message("0200", {**heard.fields, 4: "000000010000", 11: "000777", 64: bytes(8)})
    [judged] = stand.judged(stand.hand.frame(forged, mac=False))
    assert isinstance(judged, Turned)
    assert judged.event == "bad_mac"
    assert stand.orders() == []


@pytest.mark.parametrize("profile", ["own", "cup", "x99"])
def test_a_mac_by_chance(world: World, profile: str) -> None:
    stand = Stand(world, profile)
    stand.sign_in()
    chance, sale = Random(1), stand.hand.sale()
    frames = [stand.hand.frame(Message("0200", {**sale.fields, 64: chance.randbytes(8)}), mac=False) for _ in range(200)]
    assert all(isinstance(item, Turned) for item in stand.judged(*frames))
    stand.close()


def test_every_changed_bit_of_a_sale_is_noticed(stand: Stand) -> None:
    frame = stand.hand.frame(stand.hand.sale())
    body_begins = len(frame) - len(parse(frame).body)
    opened = 0
    for place in range(body_begins, len(frame)):
        changed = frame[:place] + bytes([frame[place] ^ 0x01]) + frame[place + 1 :]
        with suppress(FrameError):
            [judged] = stand.judged(changed)
            opened += isinstance(judged, Opened)
    assert opened == 0


def test_what_stands_outside_the_mac_changes_nothing(stand: Stand) -> None:
    """TPDU and header are not under the MAC: they say where the answer goes, and that is all."""
    frame = stand.hand.frame(stand.hand.sale())
    for place in (1, 2, 3, 4, 5, 10):
        [judged] = stand.judged(frame[:place] + bytes([frame[place] ^ 0x01]) + frame[place + 1 :])
        assert isinstance(judged, Opened)


def test_another_terminal_cannot_sell_with_this_ones_keys(stand: Stand) -> None:
    stand.register("KC000002", MERCHANT, "B")
    thief = Hand("KC000002", MERCHANT, pin_key=stand.hand.pin_key, mac_key=stand.hand.mac_key, batch=1)
    [judged] = stand.judged(thief.frame(thief.sale()))
    assert isinstance(judged, Turned)
    assert judged.event == "not_signed_in"


def test_another_terminal_cannot_reverse_or_confirm_this_ones_sale(stand: Stand) -> None:
    sale, _ = stand.sold()
    stand.register("KC000002", MERCHANT, "B")
    own = stand.hand
    stand.hand = Hand("KC000002", MERCHANT)
    stand.sign_in()
    for mti in ("0400", "0220"):
        message = Message(mti, {**own.about(sale, mti).fields, 41: "KC000002"})
        assert stand.send(message).text(39) == "25"
    assert stand.orders() == [(5000, "succeeded")]


def test_a_sign_in_made_up_by_a_stranger_costs_a_sign_in_and_nothing_else(stand: Stand) -> None:
    sale, _ = stand.sold()
    stranger = Hand(TERMINAL, MERCHANT)
    stand.answer(*stand.steps(stranger.frame(stranger.sign_in_message(trace=999), mac=False))[0])
    # The terminal's keys are gone, as after any sign-in; it signs in and finds everything as it was.
    assert stand.send(stand.hand.about(sale, "0220")).text(39) == "A0"
    stand.sign_in()
    assert stand.hand.batch == 1
    assert stand.send(stand.hand.about(sale, "0220")).text(39) == "00"


def test_keys_in_a_sign_ins_answer_are_of_no_use_without_the_master_key(stand: Stand) -> None:
    answer = stand.sign_in()
    told = answer.octets(62)
    for wrong in (bytes(16), bytes(range(16))):
        assert Double(wrong).decrypt(told[:16]) != stand.hand.pin_key
    [row] = stand.rows(tables.terminal)
    assert stand.hand.mac_key not in row["mac_key"] + row["sign_in_keys"]
    assert stand.hand.pin_key not in row["pin_key"] + row["sign_in_keys"]


def test_guessing_a_password_locks_it_for_every_channel(stand: Stand) -> None:
    from recharge.domain import requests as ask

    for guess in ("111222", "333444", "555666"):
        stand.send(stand.hand.sale(pin=guess))
    assert stand.send(stand.hand.sale()).text(39) == "38"
    reply = stand.world.ask("A", ask.Recharge("13800138000", 5000))
    assert reply.refusal is not None
    assert reply.refusal.code.value == "password_locked"


def test_passwords_of_every_length_a_block_can_hold(stand: Stand) -> None:
    for pin in ("1234", "12345678", "123456789012"):
        block = Double(stand.hand.pin_key).encrypt(make_block(pin))
        sale = stand.hand.sale()
        assert stand.send(Message("0200", {**sale.fields, 52: block})).text(39) in {"55", "38"}
    assert stand.orders() == []


def test_nothing_secret_is_in_what_the_database_keeps_of_a_day(stand: Stand) -> None:
    stand.sold()
    stand.send(stand.hand.sale(number="13800138001", pin="111222"))
    stand.journal.flush()
    for table in tables.OWN_TABLES:
        told = str(stand.rows(table))
        assert PASSWORD not in told, table.name
        assert "111222" not in told, table.name
        assert stand.hand.mac_key.hex() not in told, table.name
