"""SIP as others write it, and a call that is spoken to in riddles: what is no message is passed over, what is one is answered."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from simulators.sip_caller.call import Call
from simulators.sip_caller.ears import Ears, Library
from simulators.sip_caller.rtp import SAMPLES, SILENCE, Packet, Sender
from simulators.sip_caller.sip import BadMessage, Dialog, Message, media_of, offer
from tests.ivr.stage import until
from tests.simulators.sip_caller.test_call import SOUND, Other, other, takes


@pytest.mark.parametrize(
    "data",
    [
        b"SIP/2.0\r\n\r\n",
        b"SIP/2.0 OK\r\n\r\n",
        b"SIP/2.0 99 Early\r\nCSeq: 1 INVITE\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 200 OK\r\nCSeq: \r\n\r\n",
        b"INVITE SIP/2.0\r\n\r\n",
        b"invite sip:1@127.0.0.1 SIP/2.0\r\n\r\n",
        b"BYE sip:1@127.0.0.1 SIP/3.0\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_what_only_looks_like_a_message(data: bytes) -> None:
    with pytest.raises(BadMessage):
        Message.read(data)


@pytest.mark.parametrize("first", ["SIP/2.0 200", "SIP/2.0 200 ", "SIP/2.0 603 Nicht gewünscht"])
def test_a_reason_may_be_missing_or_in_any_language(first: str) -> None:
    message = Message.read(f"{first}\r\nCSeq: 3 BYE\r\n\r\n".encode())
    assert (message.status, message.method) == (int(first[8:11]), "BYE")


def test_headers_in_any_case_with_or_without_space() -> None:
    message = Message.read(b"BYE sip:1@127.0.0.1 SIP/2.0\r\nCSEQ:7 BYE\r\ncall-ID :  abc\r\nno colon\r\nX-Empty:\r\n\r\n")
    assert (message.get("cseq"), message.get("call-id"), message.get("x-empty")) == ("7 BYE", "abc", "")
    assert [name for name, _ in message.headers] == ["cseq", "call-id", "x-empty"]


def test_octets_that_are_no_text_stay_within_their_header() -> None:
    message = Message.read(b"BYE sip:1@127.0.0.1 SIP/2.0\r\nFrom: \xff\xfe\r\nCSeq: 7 BYE\r\n\r\n")
    assert message.get("cseq") == "7 BYE"
    assert "\ufffd" in message.get("from")


def test_the_length_of_a_body_is_that_of_its_octets() -> None:
    message = Message("MESSAGE sip:1@127.0.0.1 SIP/2.0", [("cseq", "1 MESSAGE")], "充值")
    assert b"Content-Length: 6\r\n" in message.octets()
    assert Message.read(message.octets()).body == "充值"


def test_an_acknowledgement_has_the_number_of_what_it_acknowledges() -> None:
    dialog = Dialog("138", "10658", ("127.0.0.1", 40000), ("127.0.0.1", 5060))
    sent = [dialog.request(method).get("cseq") for method in ("INVITE", "CANCEL", "ACK", "INFO", "ACK", "BYE")]
    assert sent == ["1 INVITE", "1 CANCEL", "1 ACK", "2 INFO", "2 ACK", "3 BYE"]
    assert len({dialog.request("INFO").get("via") for _ in range(20)}) == 20


def test_two_calls_are_never_taken_for_one() -> None:
    dialogs = [Dialog("138", "10658", ("127.0.0.1", 40000), ("127.0.0.1", 5060)) for _ in range(20)]
    assert len({dialog.call_id for dialog in dialogs}) == len({dialog.tag for dialog in dialogs}) == 20


def test_an_answer_without_a_tag_or_a_contact_teaches_nothing() -> None:
    dialog = Dialog("138", "10658", ("127.0.0.1", 40000), ("127.0.0.1", 5060))
    before = (dialog.remote, dialog.target)
    dialog.learn(Message("SIP/2.0 180 Ringing", [("to", "<sip:10658@127.0.0.1>"), ("contact", "*")]))
    assert (dialog.remote, dialog.target) == before


def test_sound_on_hold_and_on_other_networks_is_no_place_for_ours() -> None:
    assert media_of("c=IN IP6 ::1\r\nm=audio 9 RTP/AVP 8\r\n") is None
    assert media_of("c=IN IP4 127.0.0.1\r\nm=video 9 RTP/AVP 31\r\n") is None
    found = media_of("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/16000\r\n")
    assert found is not None
    assert found.events is None


@pytest.mark.parametrize("sources", range(4))
def test_a_packet_is_read_past_its_sources(sources: int) -> None:
    data = struct.pack("!BBHII", 0x80 | sources, 0x80 | 8, 7, 160, 9) + bytes(4 * sources) + SILENCE
    packet = Packet.read(data)
    assert packet == Packet(8, 7, 160, SILENCE)


def test_a_stream_goes_on_over_the_end_of_its_numbers() -> None:
    sender = Sender(8, 101, sequence=65535, timestamp=2**32 - SAMPLES)
    read = [Packet.read(data) for _ in range(2) for data in sender.tick()]
    assert [(packet.sequence, packet.timestamp) for packet in read if packet] == [(65535, 2**32 - SAMPLES), (0, 0)]


def test_what_is_no_key_is_not_pressed() -> None:
    sender = Sender(8, 101)
    with pytest.raises(ValueError, match="substring"):
        sender.press("X")
    assert not sender.busy


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "bye.alaw").write_bytes(SOUND)
    (tmp_path / "zh" / "short.alaw").write_bytes(b"\x11" * 50)
    (tmp_path / "zh" / "note.txt").write_bytes(b"no sound")
    return Library(tmp_path)


def test_a_folder_of_prompts_may_hold_other_things(library: Library, tmp_path: Path) -> None:
    assert {place.name for place in library.places.values()} == {"bye", "short"}
    ears = Ears(library)
    assert ears.listen(b"\x11" * 50)
    assert ears.heard[0].whole
    assert Library(tmp_path / "nowhere").places == {}


def test_a_prompt_that_stutters_is_begun_again(library: Library) -> None:
    ears = Ears(library)
    packets = [SOUND[start : start + SAMPLES] for start in range(0, len(SOUND), SAMPLES)]
    for packet in (packets[0], packets[0], packets[1], SILENCE, packets[2]):
        ears.listen(packet)
    assert [(item.name, item.packets, item.whole) for item in ears.heard] == [("bye", 4, True)]
    ears.listen(packets[1])
    assert len(ears.heard) == 2


Scene = Callable[[Call, Other], Awaitable[None]]


def play(library: Library, scene: Scene, *, by_info: bool = False) -> None:
    async def story() -> None:
        async with other(takes(9)) as (side, port):
            call = await Call(library, by_info=by_info).dial(port, "138")
            try:
                await scene(call, side)
            finally:
                await call.hang_up()

    asyncio.run(story())


def test_riddles_end_no_call(library: Library) -> None:
    async def scene(call: Call, side: Other) -> None:
        for data in (b"", b"SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 40, b"HELLO\r\n\r\n"):
            side.transport.sendto(data, side.peer)
        side.ask("OPTIONS")
        await until(lambda: any(message.status == 200 and message.method == "OPTIONS" for message in side.got))
        assert not call.over

    play(library, scene)


def test_keys_by_message_are_each_told_once(library: Library) -> None:
    async def scene(call: Call, side: Other) -> None:
        await call.press("5#")
        await until(lambda: side.methods().count("INFO") == 2)
        bodies = [message.body for message in side.got if message.method == "INFO" and not message.status]
        assert bodies == ["Signal=5\r\nDuration=100\r\n", "Signal=#\r\nDuration=100\r\n"]

    play(library, scene, by_info=True)


def test_an_answer_that_comes_again_is_acknowledged_again(library: Library) -> None:
    async def scene(_call: Call, side: Other) -> None:
        await until(lambda: "ACK" in side.methods())
        assert side.invite is not None
        side.reply(side.invite, 200, offer("127.0.0.1", 9))
        await until(lambda: side.methods().count("ACK") >= 2)

    play(library, scene)


def test_the_receiver_is_put_down_once(library: Library) -> None:
    async def scene(call: Call, side: Other) -> None:
        assert call.put_down() is not None
        assert call.put_down() is None
        await call.wait_for_end()
        await until(lambda: side.methods().count("BYE") == 1)

    play(library, scene)


def test_a_call_that_was_never_taken_has_no_goodbye(library: Library) -> None:
    call = Call(library)
    assert call.put_down() is None
    assert (call.over, call.status, call.heard) == (False, 0, [])
