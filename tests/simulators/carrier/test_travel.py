"""How answers go wrong on their way, and that the ledger tells the truth behind each."""

import http.client
import socket

import pytest

from simulators.carrier.testing import RunningCarrier
from tests.simulators.carrier.partner import Partner, eventually, with_digits

HEARD_NOTHING = (ConnectionResetError, http.client.RemoteDisconnected)


def credits_of(carrier: RunningCarrier, reference: object = 1001) -> int:
    return len(carrier.control.ledger(str(reference))["credits"])


@pytest.mark.parametrize("digits", ["9002", "9003", "9030"])
def test_done_without_an_answer(partner: Partner, carrier: RunningCarrier, digits: str) -> None:
    assert isinstance(partner.hear_nothing(1001, with_digits(digits)), HEARD_NOTHING)
    assert credits_of(carrier) == 1


@pytest.mark.parametrize("digits", ["9008", "9070"])
def test_neither_done_nor_answered(partner: Partner, carrier: RunningCarrier, digits: str) -> None:
    assert isinstance(partner.hear_nothing(1001, with_digits(digits)), HEARD_NOTHING)
    assert carrier.control.ledger()["totals"]["orders"] == 0


def test_a_withheld_answer_keeps_the_partner_waiting(partner: Partner, carrier: RunningCarrier) -> None:
    carrier.control.behave(durations={"withhold": 60})
    partner.wait_seconds = 0.5
    assert isinstance(partner.hear_nothing(1001, with_digits("9002")), TimeoutError)
    assert credits_of(carrier) == 1
    partner.wait_seconds = 10
    assert partner.query(1001, with_digits("9002")).code == "0000"


def test_a_reset_is_a_reset(partner: Partner) -> None:
    assert isinstance(partner.hear_nothing(1001, with_digits("9003")), ConnectionResetError)


def test_garbage_is_neither_signed_nor_xml(partner: Partner, carrier: RunningCarrier) -> None:
    told = partner.recharge(1001, with_digits("9004"))
    assert (told.status, told.proven) == (200, False)
    with pytest.raises(SyntaxError):
        told.fields.get("Code")
    assert credits_of(carrier) == 1


@pytest.mark.parametrize(("digits", "done"), [("9005", 1), ("9009", 0)])
def test_a_bad_gateway_tells_nothing_of_what_happened(partner: Partner, carrier: RunningCarrier, digits: str, done: int) -> None:
    told = partner.recharge(1001, with_digits(digits))
    assert (told.status, told.proven) == (502, False)
    assert told.headers["Content-Type"].startswith("text/html")
    assert credits_of(carrier) == done


def test_a_badly_signed_answer_is_not_proven(partner: Partner, carrier: RunningCarrier) -> None:
    told = partner.recharge(1001, with_digits("9006"))
    assert (told.code, told.proven) == ("0000", False)
    assert credits_of(carrier) == 1
    assert partner.query(1001, with_digits("9006")).proven


def test_a_wrong_echo_is_signed_well(partner: Partner, carrier: RunningCarrier) -> None:
    told = partner.recharge(1001, with_digits("9007"))
    assert (told.code, told["Amount"], told.proven) == ("0000", "5100", True)
    assert carrier.control.ledger("1001")["credits"][0]["amount_minor"] == 5000


def test_hidden_is_not_found_at_first_and_found_later(partner: Partner, carrier: RunningCarrier) -> None:
    number = with_digits("9030")
    carrier.control.behave(durations={"hidden": 3.0})
    partner.hear_nothing(1001, number)
    assert partner.query(1001, number).code == "4004"
    assert credits_of(carrier) == 1
    eventually(lambda: partner.query(1001, number).code == "0000")


def test_late_is_done_after_it_was_not_found(partner: Partner, carrier: RunningCarrier) -> None:
    number = with_digits("9031")
    carrier.control.behave(durations={"queue": 3.0})
    partner.hear_nothing(1001, number)
    assert partner.query(1001, number).code == "4004"
    assert credits_of(carrier) == 0
    eventually(lambda: partner.query(1001, number).code == "0000")
    assert credits_of(carrier) == 1


def test_a_query_can_be_broken_by_itself(partner: Partner, carrier: RunningCarrier) -> None:
    carrier.control.behave(operations={"Query": "garbage_done"})
    assert partner.recharge(1001).code == "0000"
    told = partner.query(1001)
    assert not told.proven
    carrier.control.behave(operations={"Query": "bad_gateway_done"})
    assert partner.query(1001).status == 502


def test_a_reversal_can_be_done_in_silence(partner: Partner, carrier: RunningCarrier) -> None:
    partner.recharge(1001)
    carrier.control.behave(operations={"Reverse": "silent_done"})
    with pytest.raises(HEARD_NOTHING):
        partner.reverse(1002, 1001)
    assert partner.query(1002).code == "0000"
    assert carrier.control.ledger()["totals"]["taken_back"] == 1


def test_down_does_nothing_for_anybody(partner: Partner, carrier: RunningCarrier) -> None:
    carrier.control.behave("down")
    order = {"Reference": 1001, "Number": "13800138000", "Amount": 5000}
    for operation, elements in (("Recharge", order), ("Query", order), ("Balance", {})):
        with pytest.raises(HEARD_NOTHING):
            partner.ask(operation, **elements)
    carrier.control.behave("ok")
    assert partner.query(1001).code == "4004"


def test_down_comes_before_the_signature(partner: Partner, carrier: RunningCarrier) -> None:
    carrier.control.behave("down")
    partner.secret = b"another secret of some length, for tests"
    with pytest.raises(HEARD_NOTHING):
        partner.recharge(1001)


def test_silence_does_not_do_what_was_signed_badly(partner: Partner, carrier: RunningCarrier) -> None:
    carrier.control.behave("silent_done")
    partner.secret = b"another secret of some length, for tests"
    assert partner.recharge(1001).code == "2001"
    assert carrier.control.ledger()["totals"]["orders"] == 0


def test_refused_closes_the_port_and_opens_it_again(partner: Partner, carrier: RunningCarrier) -> None:
    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", carrier.port)) == 0

    carrier.control.behave("refused")
    eventually(lambda: not answers())
    with pytest.raises(ConnectionRefusedError):
        partner.recharge(1001)
    carrier.control.behave("ok")
    eventually(answers)
    assert partner.recharge(1001).code == "0000"


def test_a_connection_can_be_kept(partner: Partner, carrier: RunningCarrier) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", carrier.port, timeout=10)
    connection.connect()
    kept = connection.sock
    for n in range(5):
        body = f"<Recharge><Reference>{1001 + n}</Reference><Number>13800138000</Number><Amount>100</Amount></Recharge>".encode()
        connection.request("POST", "/recharge/v1", body, partner.headers(body))
        answer = connection.getresponse()
        assert b"<Code>0000</Code>" in answer.read()
    assert connection.sock is kept
    connection.close()


def test_only_post_is_served(carrier: RunningCarrier) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", carrier.port, timeout=10)
    connection.request("GET", "/recharge/v1")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 405
