"""UCIP messages: what is written reads back by the standard's own reader, and what is read is held to its types."""

import xmlrpc.client
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.contract import AttemptOrder
from recharge.suppliers.ucip.codec import BadMessage, call, code_of, read, stamp, text_of
from recharge.suppliers.ucip.evidence import balance_of, of_balance, of_refill, of_reversal, remembered
from tests.recharge.suppliers.ucip.harness import answer

NOW = datetime(2026, 11, 21, 12, 40, tzinfo=UTC)
ORDER = AttemptOrder("7", "0811234567", 5000, OrderKind.RECHARGE, "TSEL", NOW)


def test_a_call_reads_back_with_its_types() -> None:
    fields = {"text": "<&> 充值", "number": 1, "flag": True, "at": stamp(NOW.astimezone(ZoneInfo("Asia/Shanghai")))}
    (told,), method = xmlrpc.client.loads(call("Refill", fields))
    assert method == "Refill"
    assert isinstance(told, dict)
    assert (told["text"], told["number"], told["flag"]) == ("<&> 充值", 1, True)
    assert str(told["at"]) == "20261121T20:40:00+0800"


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"])
def test_a_time_has_its_offset_in_four_digits(zone: str) -> None:
    text = str(stamp(NOW.astimezone(ZoneInfo(zone))))
    assert datetime.strptime(text, "%Y%m%dT%H:%M:%S%z") == NOW


def test_a_struct_is_read_whole() -> None:
    told = read(answer(responseCode=0, accountAfterRefill={"accountValue1": "6000"}))
    assert (code_of(told), told["accountAfterRefill"]) == (0, {"accountValue1": "6000"})


@pytest.mark.parametrize(
    ("told", "code"), [({"responseCode": 0}, 0), ({"responseCode": "0"}, None), ({"responseCode": True}, None), ({}, None)]
)
def test_a_response_code_is_a_whole_number(told: dict[str, object], code: int | None) -> None:
    assert code_of(told) == code


@pytest.mark.parametrize(("value", "text"), [("7", "7"), (7, "7"), (True, ""), (None, ""), ([7], ""), (7.5, "")])
def test_text_is_text_or_a_whole_number(value: object, text: str) -> None:
    assert text_of({"x": value}, "x") == text
    assert text_of({}, "x") == ""


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"<methodResponse><params><param><value><array><data/></array></value></param></params></methodResponse>",
        b"<methodResponse><params><param><value><struct/></value></param><param><value><struct/></value></param></params></methodResponse>",
        b"<methodResponse><params><param><value><struct><member><name>a</name></member></struct></value></param></params></methodResponse>",
        b"<x>" * 5000,
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        read(body)


@pytest.mark.parametrize(
    ("told", "balance"),
    [
        ({"responseCode": 0, "accountValue1": "1200"}, 1200),
        ({"responseCode": 2, "accountValue1": "-5"}, -5),
        ({"responseCode": 0, "accountValue1": 7}, 7),
        ({"responseCode": 0, "accountValue1": "12.5"}, None),
        ({"responseCode": 0, "accountValue1": "9" * 19}, None),
        ({"responseCode": 0}, None),
        ({"responseCode": 100, "accountValue1": "1200"}, None),
        ({"accountValue1": "1200"}, None),
    ],
)
def test_a_balance_is_told_with_a_good_code_only(told: dict[str, object], balance: int | None) -> None:
    assert balance_of(told) == balance


@pytest.mark.parametrize("balance", [0, -1, 10**17])
def test_what_is_remembered_is_understood_again(balance: int) -> None:
    order = AttemptOrder("7", "0811234567", 5000, OrderKind.RECHARGE, "TSEL", NOW, "", remembered(balance))
    assert len(order.supplier_reference) <= 64
    assert of_balance(balance + 5000, 5000, order, NOW).state is OutcomeState.SUCCESS
    assert of_balance(balance, 5000, order, NOW).state is OutcomeState.UNKNOWN


@pytest.mark.parametrize(
    "kept", ["balance-before:", "balance-before:x", "balance-before:1 ", "xbalance-before:1", f"balance-before:{'9' * 19}"]
)
def test_what_was_not_remembered_proves_nothing(kept: str) -> None:
    order = AttemptOrder("7", "0811234567", 5000, OrderKind.RECHARGE, "TSEL", NOW, "", kept)
    assert of_balance(5001, 5000, order, NOW).state is OutcomeState.UNKNOWN


def test_what_is_kept_of_an_answer_has_no_number_and_no_balance_of_the_customer() -> None:
    told = {"responseCode": 0, "masterAccountNumber": "0811234567", "accountAfterRefill": {"accountValue1": "424242"}}
    for outcome in (of_refill(told, ORDER, NOW), of_reversal(told, ORDER, NOW)):
        assert "0811234567" not in outcome.raw + outcome.text
        assert "424242" not in outcome.raw + outcome.text
