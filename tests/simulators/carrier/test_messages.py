"""Messages: every form the specification allows, and every one it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.carrier.messages import (
    BODY_LIMIT_BYTES,
    OPERATIONS,
    MalformedMessage,
    Request,
    is_acknowledgement,
    read_request,
    write_message,
)
from tests.simulators.carrier import specification
from tests.simulators.carrier.partner import SAMPLE, fields_of, xml_of

ORDER = {"Reference": "70000000000000000001", "Number": SAMPLE, "Amount": "5000"}
REVERSAL = {**ORDER, "OriginalReference": "70000000000000000000"}


@pytest.mark.parametrize("operation", ["Recharge", "BillPayment", "Query"])
def test_an_order_is_read(operation: str) -> None:
    assert read_request(xml_of(operation, ORDER)) == Request(operation, ORDER["Reference"], SAMPLE, 5000)


def test_a_reversal_is_read() -> None:
    assert read_request(xml_of("Reverse", REVERSAL)) == Request(
        "Reverse", REVERSAL["Reference"], SAMPLE, 5000, REVERSAL["OriginalReference"]
    )


@pytest.mark.parametrize("body", [b"<Balance/>", b"<Balance></Balance>", b'<?xml version="1.0" encoding="UTF-8"?><Balance/>'])
def test_a_balance_is_read(body: bytes) -> None:
    assert read_request(body) == Request("Balance")


def test_a_statement_is_read() -> None:
    assert read_request(xml_of("Statement", {"Day": "20261121"})) == Request("Statement", day="20261121")
    assert read_request(xml_of("Statement", {"Day": "20261121", "Issue": "2"})).issue == 2


@pytest.mark.parametrize("name", ["recharge request", "query request", "reverse request", "balance request"])
def test_the_published_requests_are_read(name: str) -> None:
    assert read_request(specification.vector(name).body).operation.lower() == name.partition(" ")[0]


def test_the_order_of_elements_does_not_matter() -> None:
    assert read_request(xml_of("Recharge", dict(reversed(ORDER.items())))) == read_request(xml_of("Recharge", ORDER))


def test_white_space_between_elements_is_no_content() -> None:
    body = xml_of("Recharge", ORDER).replace(b"><", b">\n <")
    assert read_request(body) == read_request(xml_of("Recharge", ORDER))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Reference", ""),
        ("Reference", "0"),
        ("Reference", "0123"),
        ("Reference", "1" * 21),
        ("Reference", "12a"),
        ("Reference", "-12"),
        ("Reference", "１２"),
        ("Number", ""),
        ("Number", "8613800138000"),
        ("Number", "+8613800138000"),
        ("Number", "1380013800"),
        ("Number", "23800138000"),
        ("Number", "1380013800x"),
        ("Amount", ""),
        ("Amount", "-5000"),
        ("Amount", "+5000"),
        ("Amount", "50.00"),
        ("Amount", "05000"),
        ("Amount", "5e3"),
        ("Amount", " 5000"),
        ("Amount", "5000\n"),
        ("Amount", "9" * 13),
    ],
)
def test_a_field_out_of_form_is_named(name: str, value: str) -> None:
    with pytest.raises(MalformedMessage, match=name) as caught:
        read_request(xml_of("Recharge", {**ORDER, name: value}))
    assert caught.value.operation == "Recharge"


@pytest.mark.parametrize("name", sorted(ORDER))
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(MalformedMessage, match=name):
        read_request(xml_of("Recharge", {key: value for key, value in ORDER.items() if key != name}))


@pytest.mark.parametrize("name", sorted(REVERSAL))
def test_a_reversal_needs_all_its_fields(name: str) -> None:
    with pytest.raises(MalformedMessage, match=name):
        read_request(xml_of("Reverse", {key: value for key, value in REVERSAL.items() if key != name}))


@pytest.mark.parametrize(
    ("operation", "elements"),
    [
        ("Recharge", {**ORDER, "OriginalReference": "5"}),
        ("Recharge", {**ORDER, "Discount": "5"}),
        ("Query", {**ORDER, "Day": "20261121"}),
        ("Balance", {"Reference": "5"}),
        ("Statement", {"Day": "20261121", "Issue": "0"}),
        ("Statement", {"Day": "2026-11-21"}),
        ("Statement", {"Issue": "1"}),
        ("RechargeAnswer", ORDER),
        ("recharge", ORDER),
    ],
)
def test_an_element_or_operation_the_form_does_not_have_is_refused(operation: str, elements: dict[str, str]) -> None:
    with pytest.raises(MalformedMessage):
        read_request(xml_of(operation, elements))


GOOD = xml_of("Recharge", ORDER)
BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "xxxx"><!ENTITY c "&b;&b;&b;&b;">]>'
    b"<Recharge><Reference>&c;</Reference><Number>13800138000</Number><Amount>5000</Amount></Recharge>"
)
OUTSIDE_ENTITY = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Recharge><Reference>&x;</Reference></Recharge>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not XML",
        b"<Recharge>",
        GOOD[:-1],
        GOOD + b"<More/>",
        GOOD.decode().encode("utf-16"),
        GOOD.replace(b"5000", b"\xff\xfe"),
        GOOD.replace(b"5000", b"5000<!-- why -->"),
        GOOD.replace(b"5000", b"<![CDATA[5000]]>"),
        GOOD.replace(b"<Amount>", b'<Amount unit="fen">'),
        GOOD.replace(b"<Recharge>", b'<Recharge version="1">'),
        GOOD.replace(b"<Recharge>", b'<Recharge xmlns="urn:x">'),
        GOOD.replace(b"5000", b"<Value>5000</Value>"),
        GOOD.replace(b"</Recharge>", b"<Amount>5000</Amount></Recharge>"),
        GOOD.replace(b"<Number>", b"stray<Number>"),
        GOOD.replace(b"<Recharge>", b"<Recharge>stray"),
        b"<Balance>text</Balance>",
        BILLION_LAUGHS,
        OUTSIDE_ENTITY,
        b"<Recharge><Reference>&undefined;</Reference></Recharge>",
        b"<Recharge><Reference>1\x00</Reference></Recharge>",
        GOOD.replace(b"5000", b"5" * BODY_LIMIT_BYTES),
    ],
)
def test_a_message_out_of_form_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_request(body)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_request(body)


@given(st.data())
def test_a_damaged_message_is_refused_or_still_in_form(data: st.DataObject) -> None:
    damaged = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = read_request(bytes(damaged))
    except MalformedMessage:
        return
    assert read.operation in OPERATIONS
    assert read.reference.isascii()
    assert read.amount_minor >= 0


@given(st.text(max_size=50).filter(lambda text: all(ch.isprintable() for ch in text)))
def test_what_is_written_can_be_read_again(text: str) -> None:
    body = write_message("Answer", {"Text": text, "Amount": 5000})
    assert list(fields_of(body).values()) == [text, "5000"]


def test_a_message_is_written_as_the_published_answer() -> None:
    body = specification.vector("recharge answer: success").body
    assert write_message("RechargeAnswer", fields_of(body)) == body


def test_an_echo_has_what_the_request_had() -> None:
    assert read_request(xml_of("Reverse", REVERSAL)).echo() == {**REVERSAL, "Amount": 5000}
    assert list(read_request(xml_of("Recharge", ORDER)).echo()) == ["Reference", "Number", "Amount"]
    assert Request("Balance").echo() == {}


@pytest.mark.parametrize("body", [b"<Ack/>", b"<Ack></Ack>", b'<?xml version="1.0" encoding="UTF-8"?><Ack/>'])
def test_an_acknowledgement_is_one(body: bytes) -> None:
    assert is_acknowledgement(body)


@pytest.mark.parametrize("body", [b"", b"OK", b"success", b"<ack/>", b"<Nack/>", b"<html>Ack</html>", b"<!DOCTYPE a><Ack/>"])
def test_anything_else_is_no_acknowledgement(body: bytes) -> None:
    assert not is_acknowledgement(body)
