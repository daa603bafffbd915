"""SIP messages and session descriptions."""

import pytest

from simulators.sip_caller.sip import BadMessage, Dialog, Media, Message, media_of, new_branch, offer

OK = (
    b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1\r\nFrom: <sip:138@127.0.0.1>;tag=a\r\n"
    b"t: <sip:10658@127.0.0.1:5060>;tag=b\r\ni: abc\r\nCSeq: 1 INVITE\r\nm: <sip:asterisk@127.0.0.1:5060>\r\n"
    b"Allow: INVITE,\r\n BYE\r\nl: 5\r\n\r\nv=0\r\n"
)


def test_a_response_with_compact_and_folded_headers() -> None:
    message = Message.read(OK)
    assert (message.status, message.method, message.body) == (200, "INVITE", "v=0\r\n")
    assert message.get("call-id") == "abc"
    assert message.get("allow") == "INVITE, BYE"
    assert message.get("nothing") == ""


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"\xff\xfe"])
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(BadMessage):
        Message.read(data)


def test_a_message_survives_its_octets() -> None:
    dialog = Dialog("138", "10658", ("127.0.0.1", 40000), ("127.0.0.1", 5060))
    invite = dialog.request("INVITE", kind="application/sdp", body=offer("127.0.0.1", 40002))
    read = Message.read(invite.octets())
    assert (read.first, read.status, read.method) == ("INVITE sip:10658@127.0.0.1:5060 SIP/2.0", 0, "INVITE")
    assert read.get("content-length") == str(len(read.body))
    assert read.get("contact") == "<sip:138@127.0.0.1:40000>"


def test_requests_of_a_call_are_numbered_and_find_the_other_side() -> None:
    dialog = Dialog("138", "10658", ("127.0.0.1", 40000), ("127.0.0.1", 5060))
    invite = dialog.request("INVITE", branch="z9hG4bKx")
    dialog.learn(Message.read(OK))
    ack, bye = dialog.request("ACK"), dialog.request("BYE")
    assert [message.get("cseq") for message in (invite, ack, bye)] == ["1 INVITE", "1 ACK", "2 BYE"]
    assert bye.first == "BYE sip:asterisk@127.0.0.1:5060 SIP/2.0"
    assert bye.get("to").endswith(";tag=b")
    assert "branch=z9hG4bKx" in invite.get("via")
    assert new_branch() != new_branch()


def test_an_answer_repeats_what_belongs_to_its_request() -> None:
    asked = Message("BYE sip:138@127.0.0.1 SIP/2.0", [("via", "one"), ("via", "two"), ("to", "<sip:138>"), ("cseq", "7 BYE")])
    answer = asked.response(200, "OK", "mine")
    assert [value for name, value in answer.headers if name == "via"] == ["one", "two"]
    assert answer.get("to") == "<sip:138>;tag=mine"
    assert answer.get("cseq") == "7 BYE"


def test_what_is_offered_is_understood() -> None:
    assert media_of(offer("127.0.0.1", 40002)) == Media("127.0.0.1", 40002, 101)


@pytest.mark.parametrize(
    ("body", "media"),
    [
        ("", None),
        ("c=IN IP4 10.0.0.1\r\nt=0 0\r\n", None),
        ("c=IN IP4 10.0.0.1\r\nm=audio 9 RTP/AVP 8\r\n", Media("10.0.0.1", 9, None)),
        ("c=IN IP4 10.0.0.1\r\nm=audio 9 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n", Media("10.0.0.1", 9, 96)),
    ],
)
def test_descriptions(body: str, media: Media | None) -> None:
    assert media_of(body) == media
