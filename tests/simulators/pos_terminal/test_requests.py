"""Every message's type, codes and fields, as the interface's table has them."""

import pytest

from simulators.pos_terminal import business, requests
from simulators.pos_terminal.memory import CONFIRM, REVERSAL, Pending, Sale, State
from simulators.pos_terminal.messages import Message
from tests.simulators.pos_terminal.conftest import MERCHANT, NUMBER, TERMINAL

STATE = State(TERMINAL, MERCHANT, "KC0000000001", "00" * 16, batch="000003")
BLOCK = "0123456789abcdef"
SALE = Sale("recharge", "000003", "000007", NUMBER, 5000, date="1127", reference="R00000000007", order="900000000000000001")
CANCEL = Sale("cancel", "000003", "000008", NUMBER, 5000, original="000007", original_batch="000003")
RECHARGE = requests.recharge(STATE, SALE, BLOCK)

TABLE = [
    (requests.sign_in(STATE, "000001"), "0800", {11, 41, 42, 60, 62, 63}, "", "", "00000003003"),
    (requests.sign_off(STATE, "000001"), "0820", {11, 41, 42, 60}, "", "", "00000003002"),
    (requests.echo(STATE), "0820", {41, 42, 60}, "", "", "00000003301"),
    (requests.status(STATE, "000001", "000"), "0820", {11, 41, 42, 60, 62}, "", "", "00000003362"),
    (requests.download(STATE, "000001", "30" * 6), "0800", {11, 41, 42, 60, 62, 64}, "", "", "00000003360"),
    (requests.download(STATE, "000001", "30" * 6, ended=True), "0800", {11, 41, 42, 60, 62, 64}, "", "", "00000003361"),
    (
        requests.balance(STATE, "000001", BLOCK),
        "0200",
        {3, 11, 22, 25, 26, 41, 42, 49, 52, 53, 60, 64},
        "310000",
        "00",
        "01000003000",
    ),
    (requests.check_number(STATE, "000001", NUMBER), "0100", {3, 11, 25, 41, 42, 48, 60, 64}, "310000", "87", "01000003000"),
    (RECHARGE, "0200", {3, 4, 11, 22, 25, 26, 41, 42, 48, 49, 52, 53, 60, 63, 64}, "190000", "81", "22000003000"),
    (
        requests.cancel(STATE, CANCEL, SALE, BLOCK),
        "0200",
        {3, 4, 11, 22, 25, 26, 37, 41, 42, 48, 49, 52, 53, 60, 61, 64},
        "280000",
        "81",
        "23000003000",
    ),
    (requests.settlement(STATE, "000001", "0" * 62), "0500", {11, 41, 42, 48, 49, 60, 63, 64}, "", "", "00000003201"),
    (requests.upload(STATE, "000001", "00"), "0320", {11, 41, 42, 48, 60}, "", "", "00000003201"),
    (requests.upload_end(STATE, "000001", 3, balanced=False), "0320", {11, 41, 42, 48, 60}, "", "", "00000003202"),
    (requests.upload_end(STATE, "000001", 0, balanced=True), "0320", {11, 41, 42, 48, 60}, "", "", "00000003207"),
]


@pytest.mark.parametrize(("message", "message_type", "fields", "processing", "condition", "field_60"), TABLE)
def test_a_message_has_the_tables_fields(
    message: Message, message_type: str, fields: set[int], processing: str, condition: str, field_60: str
) -> None:
    assert (message.type, set(message.fields)) == (message_type, fields)
    assert (message.get(3), message.get(25), message.get(60)) == (processing, condition, field_60)
    assert (message.get(41), message.get(42)) == (TERMINAL, MERCHANT)


def pending(message: Message, policy: str, reason: str = "98") -> Pending:
    return Pending(requests.kept(message), "000003", message.get(11), policy, reason)


def test_the_question_how_it_ended() -> None:
    message = requests.follow_up(pending(RECHARGE, CONFIRM))
    assert (message.type, set(message.fields)) == ("0220", {3, 4, 11, 25, 41, 42, 48, 49, 60, 61, 64})
    assert (message.get(11), message.get(60), message.get(61)) == ("000007", "48000003000", "000003000007")
    assert [message.get(number) for number in (3, 4, 25, 48, 49)] == [RECHARGE.get(number) for number in (3, 4, 25, 48, 49)]


@pytest.mark.parametrize("reason", ["06", "98", "A0"])
def test_a_reversal_is_a_copy_with_the_reason(reason: str) -> None:
    message = requests.follow_up(pending(RECHARGE, REVERSAL, reason))
    assert (message.type, message.get(39)) == ("0400", reason)
    assert set(message.fields) == {3, 4, 11, 22, 25, 39, 41, 42, 48, 49, 60, 64}
    assert all(message.get(number) == RECHARGE.get(number) for number in (3, 4, 11, 22, 25, 41, 42, 48, 49, 60))


def test_the_reversal_of_a_cancel_names_the_original() -> None:
    message = requests.reversal(pending(requests.cancel(STATE, CANCEL, SALE, BLOCK), REVERSAL))
    assert (message.get(3), message.get(61)) == ("280000", "0000030000071127")


def test_what_goes_into_the_reversal_file_has_no_password() -> None:
    kept = requests.kept(RECHARGE)
    assert BLOCK not in str(kept)
    assert not {2, 26, 35, 37, 52, 53, 64} & set(kept)


def test_the_cancel_names_reference_batch_trace_and_day() -> None:
    message = requests.cancel(STATE, CANCEL, SALE, BLOCK)
    assert (message.get(37), message.get(61)) == ("R00000000007", "0000030000071127")
    assert business.unpack(message.get(48))[business.ORDER] == "900000000000000001"


def test_a_sale_without_reference_or_order_is_cancelled_by_batch_and_trace() -> None:
    bare = Sale("recharge", "000003", "000007", NUMBER, 5000, date="1127")
    message = requests.cancel(STATE, CANCEL, bare, BLOCK)
    assert 37 not in message.fields
    assert business.unpack(message.get(48)) == {business.NUMBER: NUMBER}
    assert message.get(61) == "0000030000071127"


@pytest.mark.parametrize(("account", "kind"), [("", "1600000000000000"), ("731000000018", "2600000000000000")])
def test_the_password_comes_with_or_without_an_account(account: str, kind: str) -> None:
    message = requests.recharge(STATE, SALE, BLOCK, account)
    assert (message.get(26), message.get(52), message.get(53), message.get(2)) == ("06", BLOCK, kind, account)


@pytest.mark.parametrize(("function", "product"), [("recharge", "00"), ("bill", "02")])
def test_the_product_says_recharge_or_bill(function: str, product: str) -> None:
    sale = Sale(function, "000003", "000007", NUMBER, 5000)
    values = business.unpack(requests.recharge(STATE, sale, BLOCK).get(48))
    assert values == {business.NUMBER: NUMBER, business.CARRIER: "00", business.PRODUCT: product}


def test_a_repeat_mark_is_sent_where_one_is_meant() -> None:
    sale = Sale("recharge", "000003", "000007", NUMBER, 5000, mark=2)
    assert business.unpack(requests.recharge(STATE, sale, BLOCK).get(48))[business.MARK] == "2"


def test_the_sign_in_tells_serial_number_and_operator() -> None:
    message = requests.sign_in(STATE, "000001")
    assert bytes.fromhex(message.get(62)) == b"Sequence No12KC0000000001"
    assert message.get(63) == "01 "


def test_a_sale_keeps_its_own_batch() -> None:
    sale = Sale("recharge", "000002", "000007", NUMBER, 5000)
    assert requests.recharge(STATE, sale, BLOCK).get(60) == "22000002000"
