"""Whose a text is, what of it people may see, and the small codecs of the H2H link."""

from datetime import UTC, datetime

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import OutcomeState
from recharge.domain.reply_rules import Meaning, Reply
from recharge.suppliers.contract import AttemptOrder
from recharge.suppliers.h2h.codec import BadMessage, address, fields_of, text_of
from recharge.suppliers.h2h.codes import after_question, after_sale
from recharge.suppliers.h2h.evidence import of_reply, shown, whose
from recharge.suppliers.h2h.signing import otomax_sign, same_key

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ORDER = AttemptOrder("7000000001", "081208120812", 1_000_000, OrderKind.RECHARGE, "TSEL", NOW)


def reply(number: str = "", our_reference: str = "", meaning: Meaning = Meaning.SUCCESS) -> Reply:
    return Reply("RULE", meaning, number=number, our_reference=our_reference, serial_number="SN1", charged_minor=5, balance_minor=9)


@pytest.mark.parametrize(
    ("number", "reference", "wrong"),
    [
        ("081208120812", "", ""),
        ("6281208120812", "", ""),
        ("", "7000000001", ""),
        ("081208120812", "7000000001", ""),
        ("0812****0812", "7000000001", ""),
        ("0813", "", "echo"),
        ("0813", "7000000001", "echo"),
        ("081208120813", "7000000001", "echo"),
        ("081208120812", "7000000002", "echo"),
        ("****0812", "", "nobody's"),
        ("", "", "nobody's"),
    ],
)
def test_a_text_is_ours_by_reference_or_whole_number(number: str, reference: str, wrong: str) -> None:
    assert whose(reply(number, reference), ORDER.reference, ORDER.number) == wrong
    outcome = of_reply("text", reply(number, reference), ORDER, after_sale, NOW)
    assert (outcome.state is OutcomeState.SUCCESS) == (not wrong)
    assert bool(outcome.serial_number) == (not wrong)
    # What is held there is told whoever's order the text is about.
    assert outcome.stock_after_minor == 9


def test_an_unread_text_is_unknown_and_says_why() -> None:
    outcome = of_reply("aneh 081208120812", None, ORDER, after_sale, NOW)
    assert (outcome.state, outcome.code) == (OutcomeState.UNKNOWN, "no_rule")
    assert "081208120812" not in outcome.raw


@pytest.mark.parametrize("meaning", list(Meaning))
def test_what_a_meaning_makes_of_a_sale_and_of_a_question(meaning: Meaning) -> None:
    sale, question = after_sale(meaning), after_question(meaning)
    assert sale is not OutcomeState.NOT_FOUND
    assert question is not OutcomeState.NOT_SENT
    if meaning in {Meaning.SUCCESS, Meaning.FAILED, Meaning.ACCEPTED, Meaning.REVERSED}:
        assert sale is question is meaning.state
    if meaning.state is None:
        assert sale is question is OutcomeState.UNKNOWN


def test_the_customers_number_is_masked_with_and_without_its_nought() -> None:
    assert shown("a 081208120812  b\n81208120812", ORDER.number) == "a 081****0812 b 812****0812"


def test_an_address_encodes_what_is_filled_in() -> None:
    assert address("http://h", "/p", {"a": "{x}&", "b": "{y}"}, {"x": "1 2", "y": "充"}) == "http://h/p?a=1+2%26&b=%E5%85%85"
    assert address("http://h", "/p", {}, {}) == "http://h/p"


def test_old_letters_are_read() -> None:
    assert text_of("é".encode()) == text_of("é".encode("latin-1")) == "é"


@pytest.mark.parametrize(("body", "query", "fields"), [(b"a=1&b=", "", {"a": "1", "b": ""}), (b"a=1", "a=2", {"a": "2"}), (b"", "", {})])
def test_a_callbacks_fields(body: bytes, query: str, fields: dict[str, str]) -> None:
    assert fields_of(body, query) == fields


@pytest.mark.parametrize(("body", "query"), [(b"\xff", ""), (b"", "a=1&a=2"), (b"", "a=%ff")])
def test_a_callback_that_cannot_be_taken_apart(body: bytes, query: str) -> None:
    with pytest.raises(BadMessage):
        fields_of(body, query)


def test_an_empty_key_is_nobodys() -> None:
    assert same_key("k", "k")
    assert not same_key("k", "j")
    assert not same_key("", "")
    assert not same_key("键", "k")


def test_otomax_signs_in_letters_an_address_can_hold() -> None:
    signs = {otomax_sign("M", "S10", "0812", str(reference), "1", "2") for reference in range(200)}
    assert len(signs) == 200
    assert all(set("+/=") & set(sign) == set() and len(sign) == 27 for sign in signs)
