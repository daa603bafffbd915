"""What all links share: messages and their secrets, states, and that every link is what the gateway takes for one."""

import pytest

from stk_sms.http_link.link import HttpLink, HttpSettings
from stk_sms.smpp.esme import EsmeSettings
from stk_sms.smpp.link import LinkSettings, SmppLink
from stk_sms.smpp.partners import Partner, Partners
from stk_sms.smpp.server import ServerSettings
from stk_sms.transport import DeliveryReport, DeliveryState, Inbound, Outbound, Sender, Transport, Verdict, ignore_report
from tests.stk_sms.smpp.peers import NOW

SMPP = SmppLink(LinkSettings("smpp", EsmeSettings("127.0.0.1", 1, "x", "secret")))
HTTP = HttpLink(HttpSettings("http", "http://127.0.0.1:1/"))
PARTNER = Partners("partners", ServerSettings("127.0.0.1", 1), {"acme": Partner("acme", "secret")}).sender("acme")
TRANSPORTS: list[Transport] = [SMPP, HTTP]
SENDERS: list[Sender] = [SMPP, HTTP, PARTNER]


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
def test_a_link_that_was_not_started_is_not_ready(sender: Sender) -> None:
    assert sender.name in ("smpp", "http", "partners/acme")
    assert not sender.ready


@pytest.mark.parametrize("link", TRANSPORTS, ids=lambda link: link.name)
def test_links_open_and_close(link: Transport) -> None:
    assert callable(link.start)
    assert callable(link.stop)


def test_a_message_shows_neither_text_nor_data() -> None:
    inbound = Inbound("x", "1", "138", "10086", b"S10.138.4321", NOW)
    outbound = Outbound("1", "138", "balance 4321", data=b"4321")
    assert "4321" not in repr(inbound) + repr(outbound)
    assert "4321" in inbound.text


def test_user_data_is_header_and_data() -> None:
    assert Inbound("x", "1", "138", "10086", b"abc", NOW, udh=b"\x02\x70\x00").user_data == b"\x02\x70\x00abc"


@pytest.mark.parametrize(("coding", "text"), [(0, "@bc"), (8, "\u0062\uffff"[:1] + "\ufffd"), (3, "\0bc"), (4, "\0bc")])
def test_text_by_coding(coding: int, text: str) -> None:
    assert Inbound("x", "1", "138", "1", b"\0bc", NOW, coding=coding).text == text


def test_states_that_end_a_message() -> None:
    assert {state for state in DeliveryState if not state.final} == {DeliveryState.BUFFERED}


def test_names_that_are_written_down_stay() -> None:
    assert [verdict.value for verdict in Verdict] == ["accepted", "temporary", "permanent"]
    ignore_report(DeliveryReport("x", "1", "2", DeliveryState.DELIVERED))
