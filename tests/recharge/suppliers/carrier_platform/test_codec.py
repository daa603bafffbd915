"""Messages written byte for byte as on the protocol page, and read strictly: what is not flat, plain and well-typed is refused."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recharge.suppliers.carrier_platform import codec
from recharge.suppliers.carrier_platform.codec import BadField, BadMessage
from recharge.suppliers.contract import AttemptOrder
from tests.recharge.suppliers.carrier_platform.vectors import page
from tests.recharge.suppliers.test_contract import ORDER, REVERSAL

_, VECTORS = page()


def test_requests_are_written_as_on_the_page() -> None:
    assert codec.order_request("Recharge", ORDER) == VECTORS["recharge request"].body
    assert codec.order_request("Query", ORDER) == VECTORS["query request"].body
    assert codec.balance_request() == VECTORS["balance request"].body
    reversal = replace(REVERSAL, original_reference="70000000000000000002", face_minor=10000)
    assert codec.order_request("Reverse", reversal) == VECTORS["reverse request"].body
    assert b"<Day>20261121</Day>" in codec.statement_request(date(2026, 11, 21))


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, number="23800138000"),
        replace(ORDER, number="138001380000"),
        replace(ORDER, number="1380013800<"),
        replace(ORDER, face_minor=-1),
        replace(ORDER, reference="007"),
        replace(ORDER, reference=""),
        replace(ORDER, reference="1" * 21),
    ],
)
def test_what_has_no_form_in_the_protocol_is_not_written(order: AttemptOrder) -> None:
    with pytest.raises(BadField):
        codec.order_request("Recharge", order)


def test_messages_of_the_page_are_read() -> None:
    answer = codec.read(VECTORS["recharge answer: success"].body)
    assert answer.root == "RechargeAnswer"
    assert (answer.get("Code"), answer.get("Text"), answer.fen("Charged"), answer.fen("StockAfter")) == ("0000", "充值成功", 5000, 99995000)
    assert codec.read(VECTORS["query answer: not found"].body).get("Code") == "4004"
    assert codec.read(VECTORS["callback: success"].body).get("Sequence") == "1"


def test_what_is_not_there_is_empty_or_none() -> None:
    message = codec.read(b"<A></A>")
    assert (message.get("Code"), message.fen("Charged")) == ("", None)


def test_elements_the_carrier_adds_are_skipped() -> None:
    assert codec.read(b"<A><New>x</New><Code>0000</Code><New>y</New></A>").fields == {"Code": "0000"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"plain words",
        b"<A>",
        b"<A><B></A></B>",
        b"<A/><A/>",
        b"<A a='1'/>",
        b"<A><Code a='1'>0000</Code></A>",
        b"<A><Code><x/>0000</Code></A>",
        b"<A>text<Code>0000</Code></A>",
        b"<A><Code>0000</Code>tail</A>",
        b"<A xmlns='urn:x'><Code>0000</Code></A>",
        b"<A xmlns:y='urn:x'><y:Code>0000</y:Code></A>",
        b"<A><!-- c --><Code>0000</Code></A>",
        b"<A><Code><![CDATA[0000]]></Code></A>",
        b"<A><?pi x?><Code>0000</Code></A>",
        b"<!DOCTYPE A><A><Code>0000</Code></A>",
        b'<!DOCTYPE A [<!ENTITY e "0000">]><A><Code>&e;</Code></A>',
        b'<?xml version="1.0" encoding="GB18030"?><A><Code>0000</Code></A>',
        b'<?xml version="1.1"?><A><Code>0000</Code></A>',
        b"<A><Code>0000</Code><Code>0000</Code></A>",
        b"<A><Code> 0000</Code></A>",
        b"<A><Code>000</Code></A>",
        b"<A><Code></Code></A>",
        b"<A><Charged>-1</Charged></A>",
        b"<A><Charged>01</Charged></A>",
        b"<A><Charged>1.5</Charged></A>",
        "<A><Charged>５</Charged></A>".encode(),
        b"<A><Number>23800138000</Number></A>",
        b"<A><SerialNumber>sn</SerialNumber></A>",
        b"<A><FinishedAt>2026-11-21T20:40:01Z</FinishedAt></A>",
        b"<A><Text>" + b"x" * 201 + b"</Text></A>",
        b"<A>\xff</A>",
        b"<A>&#0;</A>",
        b"<A><Code>0000</Code></A>" + b" " * codec.LARGEST_ANSWER,
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        codec.read(body)


def test_a_declaration_may_be_there() -> None:
    for head in (b'<?xml version="1.0" encoding="UTF-8"?>', b"<?xml version='1.0' encoding='utf-8'?>\n", b'<?xml version="1.0"?>', b""):
        assert codec.read(head + b"<A><Code>0000</Code></A>").get("Code") == "0000"


@given(some.binary(max_size=300))
def test_no_bytes_get_past_the_two_ways_out(body: bytes) -> None:
    try:
        codec.read(body)
    except BadMessage:
        return


@given(some.data())
def test_a_message_with_a_byte_changed_is_read_or_refused(data: some.DataObject) -> None:
    whole = bytearray(VECTORS["recharge answer: success"].body)
    whole[data.draw(some.integers(0, len(whole) - 1))] = data.draw(some.integers(0, 255))
    try:
        message = codec.read(bytes(whole))
    except BadMessage:
        return
    assert message.root.isascii() or message.root
