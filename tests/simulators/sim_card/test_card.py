"""The card in its file: it counts before it sends, remembers its sales, can be cloned, and takes new keys."""

import random
from pathlib import Path

import pytest

from simulators.sim_card.card import SimCard, corrupted
from simulators.sim_card.packet import NotForMe
from stk_sms.packet import Algorithm, Body, OpenedPacket, StkOperation, card_keys, open_command, parse_body, parse_command, seal_command
from tests.stk_sms.till import ICCID, MASTERS, MSISDN, NEW_MASTERS

TAR = bytes.fromhex("b2c001")
NUMBER, PASSWORD = "13800138000", "274961"


@pytest.fixture
def card(tmp_path: Path) -> SimCard:
    return SimCard.make(tmp_path / "card.json", ICCID, MSISDN, "aes", 1, MASTERS)


def opened(message: bytes) -> OpenedPacket:
    return open_command(parse_command(message), Algorithm.AES, card_keys(Algorithm.AES, *MASTERS, ICCID, 1))


def body_of(message: bytes) -> Body:
    return parse_body(opened(message).data)


def test_each_message_counts_one_up(card: SimCard) -> None:
    assert [opened(card.balance()).counter for _ in range(3)] == [1, 2, 3]
    assert card.counter == 3


def test_the_card_remembers_when_it_is_taken_out(card: SimCard, tmp_path: Path) -> None:
    card.recharge(NUMBER, 5000, PASSWORD)
    again = SimCard(tmp_path / "card.json")
    assert (again.iccid, again.msisdn, again.counter) == (ICCID, MSISDN, 1)
    assert again.last_nonce == card.last_nonce
    assert again.resend() == card.resend()


def test_nonces_are_never_the_same(card: SimCard) -> None:
    assert len({body_of(card.recharge(NUMBER, 5000, PASSWORD)).nonce for _ in range(20)}) == 20


def test_a_repeat_carries_the_first_nonce(card: SimCard) -> None:
    first, repeat = body_of(card.recharge(NUMBER, 5000, PASSWORD, mark=1)), body_of(card.repeat(PASSWORD))
    assert repeat.operation is StkOperation.REPEAT
    assert (repeat.nonce, repeat.number, repeat.amount_minor, repeat.repeat_mark) == (first.nonce, NUMBER, 5000, 1)


def test_what_names_the_last_sale(card: SimCard) -> None:
    first = body_of(card.recharge(NUMBER, 5000, PASSWORD))
    for message in (card.query(), card.reversal(PASSWORD)):
        body = body_of(message)
        assert body.original_nonce == first.nonce != body.nonce


def test_the_rest_of_the_menu(card: SimCard) -> None:
    transfer = body_of(card.transfer("20001", 5000, PASSWORD))
    assert (transfer.second_number, transfer.amount_minor) == ("20001", 5000)
    change = body_of(card.change_password(PASSWORD, "135792"))
    assert (change.password, change.new_password) == (PASSWORD, "135792")


def test_resending_is_the_same_octets(card: SimCard) -> None:
    message = card.recharge(NUMBER, 5000, PASSWORD)
    assert card.resend() == message
    assert card.counter == 1


def test_a_clone_goes_on_from_the_same_counter(card: SimCard, tmp_path: Path) -> None:
    card.balance()
    clone = card.clone(tmp_path / "clone.json")
    mine, its = opened(card.balance()), opened(clone.balance())
    assert mine.counter == its.counter == 2
    assert mine.data != its.data


def test_a_counter_may_be_set_as_a_broken_card_would(card: SimCard) -> None:
    card.counter = 500
    assert opened(card.balance()).counter == 501


def key_message(counter: int = 1) -> bytes:
    fresh = card_keys(Algorithm.AES, *NEW_MASTERS, ICCID, 2)
    body = bytes.fromhex("81020108a10122a210") + fresh.kic + b"\xa3\x10" + fresh.kid
    return seal_command(Algorithm.AES, 1, card_keys(Algorithm.AES, *MASTERS, ICCID, 1), TAR, counter, body)


def test_new_keys_are_taken_and_answered_under(card: SimCard) -> None:
    answer = card.hear(key_message())
    assert answer is not None
    packet = parse_command(answer)
    assert packet.kic == 0x22
    body = parse_body(open_command(packet, Algorithm.AES, card_keys(Algorithm.AES, *NEW_MASTERS, ICCID, 2)).data)
    assert body.operation is StkOperation.KEY_UPDATED


def test_a_message_to_the_card_is_heard_once(card: SimCard) -> None:
    card.hear(key_message())
    with pytest.raises(NotForMe, match="heard before"):
        card.hear(key_message())


def test_a_message_that_brings_no_keys(card: SimCard) -> None:
    keys = card_keys(Algorithm.AES, *MASTERS, ICCID, 1)
    assert card.hear(seal_command(Algorithm.AES, 1, keys, TAR, 5, b"\x81\x02\x01\x01")) is None
    with pytest.raises(NotForMe):
        card.hear(key_message(counter=5))


@pytest.mark.parametrize("seed", range(50))
def test_a_corrupted_message_is_never_the_message(card: SimCard, seed: int) -> None:
    message = card.balance()
    assert corrupted(message, random.Random(seed)) != message
