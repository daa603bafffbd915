"""Answers as octets: what is repeated, the MAC, the header's requirement, and what never leaves."""

import pytest

from pos.answers import AnswerRules, Answers
from pos.codec.frame import Requirement
from pos.codec.message import Message
from pos.codes import Code
from pos.crypto.des import Double
from pos.crypto.mac import x9_19
from pos.fields.elements import Tag
from pos.judge import Turned
from pos.verdict import Verdict
from tests.pos.stand import PARAMETERS, TPDU, Stand


def requirement(stand: Stand) -> str:
    return stand.last_frame.header[5]


def test_the_mac_of_an_answer_is_right(stand: Stand) -> None:
    stand.send(stand.hand.sale())
    body = stand.last_frame.body
    assert x9_19(Double(stand.hand.mac_key), body[:-8]) == body[-8:]


def test_addresses_change_places_for_every_message(stand: Stand) -> None:
    echo = stand.hand.message("0820", {}, network="301")
    for source in ("0001", "ffff"):
        frame = stand.hand.frame(echo, mac=False, tpdu=TPDU[:3] + bytes.fromhex(source))
        stand.answer(*stand.steps(frame)[0])
        assert stand.last_frame.tpdu.hex() == f"60{source}0006"


def test_a_refusal_of_an_own_terminal_has_a_mac_too(stand: Stand) -> None:
    assert 64 in stand.send(stand.hand.sale(batch=9)).fields
    assert 64 in stand.send(stand.hand.sale(), mac=False).fields


@pytest.mark.parametrize(
    ("code", "wanted"), [(Code.MAC, "3"), (Code.PIN_BLOCK, "3"), (Code.BATCH, "3"), (Code.NO_TERMINAL, "3"), (Code.OK, "1")]
)
def test_what_the_header_asks_for(stand: Stand, code: Code, wanted: str) -> None:
    [judged] = stand.judged(stand.hand.frame(stand.hand.message("0820", {}, network="301")))
    stand.answer(judged, Verdict(code))
    assert requirement(stand) == wanted


def test_a_terminal_with_the_newest_parameters_is_asked_for_nothing(stand: Stand) -> None:
    stand.answers = Answers(stand.vault, stand.now, AnswerRules())
    stand.send(stand.hand.message("0820", {}, network="301"), mac=False)
    assert requirement(stand) == str(int(Requirement.NONE))
    assert PARAMETERS.version > 0


def test_what_is_in_doubt_tells_what_is_known(stand: Stand) -> None:
    answer = stand.send(stand.hand.sale())
    told = stand.elements(answer)
    assert (answer.text(39), told[Tag.OUTCOME]) == ("A6", "01")
    assert told[Tag.ORDER]
    assert 38 not in answer.fields


def test_a_refused_sale_repeats_the_number(stand: Stand) -> None:
    told = stand.elements(stand.send(stand.hand.sale(1234)))
    assert told[Tag.NUMBER] == "13800138000"
    assert Tag.ORDER not in told


def test_a_message_turned_away_is_answered_with_what_it_had(stand: Stand) -> None:
    [judged] = stand.judged(stand.hand.frame(Message("0200", {60: "22000001000", 41: "KC999999", 3: "190000"}), mac=False))
    assert isinstance(judged, Turned)
    answer = stand.answer(judged, Verdict(judged.code))
    assert (answer.mti, answer.text(39), answer.text(41), answer.text(3)) == ("0210", "97", "KC999999", "190000")
    assert 64 not in answer.fields


def test_no_password_and_no_card_goes_back(stand: Stand) -> None:
    answer = stand.send(stand.hand.sale())
    assert not {2, 35, 36, 52, 53, 61} & set(answer.fields)


def test_a_serial_number_of_other_letters(stand: Stand) -> None:
    sale = stand.hand.sale()
    opened, step = stand.steps(stand.hand.frame(sale))[0]
    stand.carrier(step.order_number, serial_number="流水-7")  # type: ignore[union-attr]
    answer = stand.answer(opened, stand.ended(step))  # type: ignore[arg-type]
    assert answer.text(38) == "000007"
    assert stand.elements(answer)[Tag.SERIAL] == "流水-7"
