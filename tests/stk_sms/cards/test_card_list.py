"""The list cards are issued from: what is read, and the line and reason of everything that is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.cards.card_list import ListedCard, read_list
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.cards.gate import GateRules
from tests.stk_sms.till import ICCID, OTHER_ICCID

HEAD = "iccid,msisdn,point\n"
RULES = GateRules()


def refused(text: str) -> dict[str, str]:
    with pytest.raises(CardError) as caught:
        read_list(text, RULES)
    assert caught.value.problem is CardProblem.BAD_FILE
    return caught.value.facts


def test_a_list() -> None:
    text = f"{HEAD}{ICCID},13800138000,A\n{OTHER_ICCID}, +8613800138001 , B\n"
    assert read_list(text, RULES) == [ListedCard(ICCID, "13800138000", "A"), ListedCard(OTHER_ICCID, "13800138001", "B")]


def test_columns_in_any_order_and_others_beside_them() -> None:
    text = f"point,batch,language,msisdn,iccid\nA,7,id,13800138000,{ICCID}\n"
    assert read_list(text, RULES) == [ListedCard(ICCID, "13800138000", "A", "id")]


def test_a_list_out_of_a_spreadsheet() -> None:
    text = f'\ufeff"iccid","msisdn","point"\r\n"{ICCID}","13800138000","A"\r\n'
    assert len(read_list(text, RULES)) == 1


def test_an_empty_list_is_a_list() -> None:
    assert read_list(HEAD, RULES) == []


@pytest.mark.parametrize("head", ["", '"iccid"7,msisdn,point', "iccid,msisdn", "iccid;msisdn;point", "card,number,party"])
def test_a_heading_without_the_columns(head: str) -> None:
    assert refused(head + "\n")["line"] == "1"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("8986,13800138000,A", "iccid 8986"),
        (f"{ICCID},nobody,A", "msisdn nobody"),
        (f"{ICCID},,A", "msisdn "),
        (f"{ICCID},{'1' * 21},A", f"msisdn {'1' * 21}"),
        (f"{ICCID},13800138000,", "point"),
        (f"{ICCID},13800138000", "columns"),
        (f"{ICCID},13800138000,A,more", "columns"),
        (f'{ICCID},13800138000,"A', "unexpected end of data"),
    ],
)
def test_a_line_that_is_wrong(row: str, what: str) -> None:
    facts = refused(f"{HEAD}{OTHER_ICCID},13800138009,B\n{row}\n")
    assert facts["line"] == "3"
    assert facts["what"] == what


def test_a_language_nobody_speaks_here() -> None:
    facts = refused(f"iccid,msisdn,point,language\n{ICCID},13800138000,A,klingon\n")
    assert facts == {"line": "2", "what": "language klingon"}


def test_a_card_twice() -> None:
    facts = refused(f"{HEAD}{ICCID},13800138000,A\n{OTHER_ICCID},13800138001,A\n{ICCID},13800138002,A\n")
    assert facts == {"line": "4", "what": f"iccid {ICCID}"}


def test_a_number_twice() -> None:
    facts = refused(f"{HEAD}{ICCID},13800138000,A\n{OTHER_ICCID},8613800138000,A\n")
    assert facts == {"line": "3", "what": "msisdn 13800138000"}


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        cards = read_list(HEAD + text, RULES)
    except CardError as error:
        assert error.facts["line"].isdigit()  # noqa: PT017  either way is right
        return
    assert all(card.msisdn.isdigit() for card in cards)
