"""The platform as the partner meets it: every operation over HTTP, signed, echoed, refused where it must be."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from simulators.carrier.testing import RunningCarrier
from tests.simulators.carrier.partner import SAMPLE, Partner, Told, eventually, with_digits, xml_of

ORDER = {"Reference": "1001", "Number": SAMPLE, "Amount": "5000"}


def credits_of(carrier: RunningCarrier, reference: object) -> int:
    return len([row for row in carrier.control.ledger(str(reference))["credits"] if row["direction"] == 1])


def test_the_sample_number_succeeds_at_once(partner: Partner, carrier: RunningCarrier) -> None:
    told = partner.recharge(1001)
    assert (told.status, told.root, told.code, told.proven) == (200, "RechargeAnswer", "0000", True)
    assert {name: told[name] for name in ORDER} == ORDER
    assert (told["Charged"], told["Delivered"]) == ("5000", "5000")
    (row,) = carrier.control.ledger("1001")["credits"]
    assert (row["serial_number"], row["carrier_reference"]) == (told["SerialNumber"], told["CarrierReference"])
    assert row["at"] == told["FinishedAt"]


def test_a_bill_payment_succeeds(partner: Partner) -> None:
    told = partner.pay_bill(1001)
    assert (told.root, told.code, told["Text"]) == ("BillPaymentAnswer", "0000", "缴费成功")


def test_stock_falls_with_each_success(partner: Partner) -> None:
    before = int(partner.ask("Balance")["StockAfter"])
    assert [int(partner.recharge(n)["StockAfter"]) for n in (1001, 1002)] == [before - 5000, before - 10_000]


def test_a_balance_tells_what_is_held(partner: Partner) -> None:
    before = int(partner.ask("Balance")["StockAfter"])
    partner.recharge(1001, with_digits("9014"), 700)
    told = partner.ask("Balance")
    assert (told.root, told.code, told.proven) == ("BalanceAnswer", "0000", True)
    assert (int(told["StockAfter"]), told["Reserved"]) == (before - 700, "700")
    assert told["AsOf"].endswith("+08:00")


def test_a_repeat_has_the_same_answer(partner: Partner, carrier: RunningCarrier) -> None:
    first, again = partner.recharge(1001), partner.recharge(1001)
    assert first.fields == again.fields
    assert first.headers["X-Nonce"] != again.headers["X-Nonce"]
    assert credits_of(carrier, 1001) == 1


def test_a_repeat_tells_how_the_order_stands_now(partner: Partner) -> None:
    number = with_digits("9012")
    assert partner.recharge(1001, number).code == "1000"
    eventually(lambda: partner.recharge(1001, number).code == "0000")


@pytest.mark.parametrize("changed", [{"Amount": 5001}, {"Number": "13800138001"}])
def test_other_content_is_a_conflict(partner: Partner, carrier: RunningCarrier, changed: dict[str, object]) -> None:
    partner.recharge(1001)
    told = partner.ask("Recharge", **{**ORDER, **changed})
    assert (told.status, told.code, told.proven) == (200, "4009", True)
    assert {name: told[name] for name in ORDER} == {**ORDER, **{name: str(value) for name, value in changed.items()}}
    assert credits_of(carrier, 1001) == 1


def test_another_operation_is_a_conflict(partner: Partner) -> None:
    partner.recharge(1001)
    assert partner.pay_bill(1001).code == "4009"
    assert partner.reverse(1001, 1000).code == "4009"


def test_a_query_tells_the_orders_answer(partner: Partner) -> None:
    told, asked = partner.recharge(1001), partner.query(1001)
    assert asked.root == "QueryAnswer"
    assert asked.fields == told.fields


def test_an_unknown_reference_is_not_found(partner: Partner) -> None:
    told = partner.query(1001)
    assert (told.status, told.code, told.proven) == (200, "4004", True)
    assert {name: told[name] for name in ORDER} == ORDER


@pytest.mark.parametrize("changed", [{"number": "13800138001"}, {"amount": 1}])
def test_a_query_with_other_content_is_a_conflict(partner: Partner, changed: dict[str, object]) -> None:
    partner.recharge(1001)
    told = partner.ask("Query", Reference=1001, Number=changed.get("number", SAMPLE), Amount=changed.get("amount", 5000))
    assert told.code == "4009"
    assert told["Amount"] == str(changed.get("amount", 5000))


def test_a_reversal_takes_back(partner: Partner, carrier: RunningCarrier) -> None:
    before = int(partner.ask("Balance")["StockAfter"])
    partner.recharge(1001)
    told = partner.reverse(1002, 1001)
    assert (told.root, told.code, told["Text"], told["Returned"]) == ("ReverseAnswer", "0000", "返销成功", "5000")
    assert (told["Reference"], told["OriginalReference"]) == ("1002", "1001")
    assert int(told["StockAfter"]) == before
    assert partner.query(1001).code == "0002"
    assert partner.query(1002).fields == told.fields
    assert [row["direction"] for row in carrier.control.ledger("1001")["credits"]] == [-1, 1]


@pytest.mark.parametrize(("number", "original", "code"), [(SAMPLE, 999, "6001"), (with_digits("9051"), 1001, "6002")])
def test_a_reversal_can_be_refused(partner: Partner, number: str, original: int, code: str) -> None:
    partner.recharge(1001, number)
    told = partner.reverse(1002, original, number)
    assert (told.status, told.code, told["Returned"]) == (200, code, "0")


def test_reversal_after_midnight_is_refused(partner: Partner, carrier: RunningCarrier) -> None:
    partner.recharge(1001)
    carrier.control.behave(clock_offset_seconds=86_400)
    partner.skew_seconds = 86_400
    assert partner.reverse(1002, 1001).code == "6003"


def test_a_used_balance_cannot_be_reversed(partner: Partner, carrier: RunningCarrier) -> None:
    partner.recharge(1001)
    carrier.control.subscriber(SAMPLE, balance_minor=1)
    assert partner.reverse(1002, 1001).code == "6005"


@pytest.mark.parametrize(
    ("digits", "status", "code"),
    [
        ("9000", 200, "0000"),
        ("9001", 200, "0000"),
        ("9040", 200, "0001"),
        ("9041", 200, "0000"),
        ("9042", 200, "5000"),
        ("9043", 200, "5000"),
        ("9044", 200, "8888"),
        ("9050", 200, "3001"),
        ("9051", 200, "3002"),
        ("9052", 200, "3003"),
        ("9053", 200, "3004"),
        ("9054", 200, "3005"),
        ("9060", 429, "2010"),
        ("9061", 503, "2011"),
        ("9062", 200, "2012"),
        ("9063", 403, "2005"),
        ("9064", 403, "2006"),
    ],
)
def test_digits_bring_their_code(partner: Partner, digits: str, status: int, code: str) -> None:
    told = partner.recharge(1001, with_digits(digits))
    assert (told.status, told.code, told.proven) == (status, code, True)
    assert told["Reference"] == "1001"


@pytest.mark.parametrize("digits", ["9060", "9061", "9062", "9063", "9064"])
def test_what_was_not_accepted_was_not_recorded(partner: Partner, carrier: RunningCarrier, digits: str) -> None:
    partner.recharge(1001, with_digits(digits))
    assert carrier.control.ledger()["totals"]["orders"] == 0
    assert partner.query(1001, with_digits(digits)).code == "4004"
    assert partner.recharge(1001).code == "0000", "the reference is still free"


def test_too_many_requests_says_when_to_come_again(partner: Partner) -> None:
    assert partner.recharge(1001, with_digits("9060")).headers["Retry-After"] == "1"


@pytest.mark.parametrize(("digits", "truth"), [("9042", "0000"), ("9043", "3009"), ("9044", "0000")])
def test_a_query_tells_the_truth_behind_an_unclear_answer(partner: Partner, digits: str, truth: str) -> None:
    number = with_digits(digits)
    partner.recharge(1001, number)
    assert partner.query(1001, number).code == truth


def test_the_carriers_own_limit_of_stock(partner: Partner, carrier: RunningCarrier) -> None:
    free = carrier.control.ledger()["stock"]["free_minor"]
    carrier.control.add_stock(5000 - free)
    assert partner.recharge(1001).code == "0000"
    assert partner.recharge(1002).code == "2012"
    carrier.control.add_stock(free - 5000)


def test_the_rate_limit_counts_a_second(partner: Partner, carrier: RunningCarrier) -> None:
    carrier.control.behave(rate_limit=3)
    seen: set[str] = set()

    def look() -> bool:
        seen.add(partner.ask("Balance").code)
        return seen == {"0000", "2010"}

    eventually(look)
    carrier.control.behave(rate_limit=0)
    assert partner.ask("Balance").code == "0000"


@pytest.mark.parametrize("operation", ["Recharge", "Query", "Balance"])
def test_one_operation_can_be_closed(partner: Partner, carrier: RunningCarrier, operation: str) -> None:
    carrier.control.behave(operations={operation: "maintenance"})
    told = {
        "Recharge": partner.recharge(1001).code,
        "Query": partner.query(1001).code,
        "Balance": partner.ask("Balance").code,
    }
    assert [name for name, code in told.items() if code == "2011"] == [operation]


def test_a_closed_platform_says_so_for_everything(partner: Partner, carrier: RunningCarrier) -> None:
    carrier.control.behave("maintenance")
    answers = [partner.recharge(1001), partner.query(1001), partner.reverse(1002, 1001), partner.ask("Balance")]
    assert {(told.status, told.code, told.proven) for told in answers} == {(503, "2011", True)}


def refused(told: Told) -> tuple[int, str, str, bool]:
    return told.status, told.root, told.code, told.proven


def test_a_wrong_secret_is_refused(partner: Partner) -> None:
    partner.secret = b"another secret of some length, for tests"
    told = partner.recharge(1001)
    assert (told.status, told.code) == (401, "2001")
    assert not told.proven, "signed with the carrier's secret, which the partner does not have"


def test_a_changed_body_is_refused(partner: Partner, carrier: RunningCarrier) -> None:
    body = xml_of("Recharge", ORDER)
    told = partner.post(body.replace(b"5000", b"9000"), partner.headers(body))
    assert refused(told) == (401, "RechargeAnswer", "2001", True)
    assert carrier.control.ledger()["totals"]["orders"] == 0


@pytest.mark.parametrize("skew", [-400, 400])
def test_a_clock_too_far_off_is_refused(partner: Partner, skew: int) -> None:
    partner.skew_seconds = skew
    assert refused(partner.recharge(1001)) == (401, "RechargeAnswer", "2002", True)


def test_a_carrier_with_a_wrong_clock_refuses_in_words_that_can_be_proven(partner: Partner, carrier: RunningCarrier) -> None:
    carrier.control.behave(clock_offset_seconds=1000)
    assert refused(partner.recharge(1001)) == (401, "RechargeAnswer", "2002", True)


def test_the_same_bytes_twice_are_done_once(partner: Partner, carrier: RunningCarrier) -> None:
    body = xml_of("Recharge", ORDER)
    headers = partner.headers(body)
    assert partner.post(body, headers).code == "0000"
    assert refused(partner.post(body, headers)) == (401, "RechargeAnswer", "2003", True)
    assert credits_of(carrier, 1001) == 1


def test_an_unknown_partner_gets_no_signature(partner: Partner) -> None:
    partner.name = "somebody-else"
    told = partner.recharge(1001)
    assert (told.status, told.code) == (401, "2004")
    assert "X-Signature" not in told.headers


@pytest.mark.parametrize(
    ("body", "root"),
    [
        (b"rubbish", "ErrorAnswer"),
        (b"", "ErrorAnswer"),
        (b"<Dance/>", "ErrorAnswer"),
        (xml_of("Recharge", {**ORDER, "Amount": "fifty"}), "RechargeAnswer"),
        (xml_of("Query", {"Reference": "1"}), "QueryAnswer"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><Balance/>", "ErrorAnswer"),
        (b"<Balance>" + b" " * 70_000 + b"</Balance>", "ErrorAnswer"),
    ],
)
def test_a_malformed_message_is_refused(partner: Partner, carrier: RunningCarrier, body: bytes, root: str) -> None:
    assert refused(partner.post(body)) == (400, root, "2014", True)
    assert carrier.control.ledger()["totals"]["orders"] == 0


def test_an_answer_does_not_prove_another_request(partner: Partner) -> None:
    told = partner.recharge(1001)
    assert not partner._is_proven(told.headers, told.body, "the-nonce-of-another-request")


def test_one_reference_from_many_sides_is_one_credit(partner: Partner, carrier: RunningCarrier) -> None:
    with ThreadPoolExecutor(24) as pool:
        told = list(pool.map(lambda n: partner.recharge(1001 + n % 5), range(200)))
    assert {one.code for one in told} == {"0000"}
    assert all(one.proven for one in told)
    totals = carrier.control.ledger()["totals"]
    assert (totals["credits"], totals["most_credits"], totals["delivered_minor"]) == (5, 1, 25_000)


def test_reversals_from_many_sides_take_back_once(partner: Partner, carrier: RunningCarrier) -> None:
    partner.recharge(1001)
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda n: partner.reverse(5000 + n, 1001).code, range(40)))
    assert sorted(set(told)) == ["0000", "6004"]
    assert told.count("0000") == 1
    assert carrier.control.ledger()["totals"]["taken_back"] == 1
