"""One call of the simulated telephone: dialling, listening, pressing keys, hanging up. One asyncio loop carries many calls."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from simulators.sip_caller.ears import Ears, Heard, Library
from simulators.sip_caller.rtp import KEYS, Packet, Sender
from simulators.sip_caller.sip import EVENTS, PCMA, BadMessage, Dialog, Media, Message, media_of, new_branch, offer

_LOCAL = "127.0.0.1"
_PACKET_SECONDS = 0.02
_FIRST_RESEND, _LAST_RESEND = 0.5, 4.0
_INFO_GAP = 0.12
_BYE_SECONDS = 4.0
PATIENCE = 30.0
"""How long (seconds) a caller waits for something before it complains."""


class NotHeard(AssertionError):
    """Something else was heard than what was waited for, or nothing."""


class Refused(Exception):
    """The call was not taken; the text is the status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._received(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there for the moment: requests are sent again anyway."""


@dataclass
class _Wires:
    signals: asyncio.DatagramTransport
    sound: asyncio.DatagramTransport


class Call:
    """One call. `by_info` presses keys with SIP INFO instead of telephone events; `on_sound` gets every packet of A-law."""

    def __init__(
        self, library: Library, *, by_info: bool = False, on_sound: Callable[[bytes], None] | None = None, silent: bool = False
    ) -> None:
        self.ears = Ears(library)
        self.status = 0
        self._by_info, self._on_sound, self._silent = by_info, on_sound, silent
        self._changed = asyncio.Condition()
        self._over, self._noticed, self._cursor = asyncio.Event(), asyncio.Event(), 0
        self._sender = Sender(PCMA, EVENTS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._media: Media | None = None
        self._branch, self._answers = new_branch(), asyncio.Queue[Message]()

    @property
    def heard(self) -> list[Heard]:
        """Every prompt of the call so far."""
        return self.ears.heard

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self._over.is_set()

    async def dial(self, port: int, number: str, dialled: str = "10658") -> "Call":
        """Call from `number` and wait until the call is taken. Raises Refused."""
        loop = asyncio.get_running_loop()
        signals, _ = await loop.create_datagram_endpoint(lambda: _Socket(self._signal), (_LOCAL, 0), (_LOCAL, port))
        sound, _ = await loop.create_datagram_endpoint(lambda: _Socket(self._hear), (_LOCAL, 0))
        self._wires = _Wires(signals, sound)
        self._dialog = Dialog(number, dialled, signals.get_extra_info("sockname")[:2], (_LOCAL, port))
        self._own_sdp = offer(_LOCAL, sound.get_extra_info("sockname")[1])
        try:
            return await self._invite()
        except BaseException:  # whatever ends it, a task that is cancelled too: no socket stays
            self.close()
            raise

    async def press(self, keys: str) -> None:
        """Press keys one after another, and return when all are sent."""
        for key in keys:
            if self._by_info:
                body = f"Signal={key}\r\nDuration=100\r\n"
                self._send(self._dialog.request("INFO", kind="application/dtmf-relay", body=body))
                await asyncio.sleep(_INFO_GAP)
            else:
                self._sender.press(key)
        await self._sent()

    async def _sent(self) -> None:
        """Until the keys are out: the sender's clock ticks by itself and tells nobody."""
        while self._sender.busy and not self.over:  # noqa: ASYNC110
            await asyncio.sleep(_PACKET_SECONDS)

    async def hear(self, *names: str) -> None:
        """The next prompts are these and no others, each to its end. Raises NotHeard."""
        wanted = list(names)
        await self._until(lambda: self._whole(len(wanted)) or self._differs(wanted), wanted)
        if [item.name for item in self._new()[: len(wanted)]] != wanted:
            raise self._complaint(wanted)
        self._cursor += len(wanted)

    async def hear_at_last(self, name: str, *, whole: bool = True) -> list[str]:
        """Whatever comes before, this prompt comes; the names up to and with it. Raises NotHeard."""

        def found() -> int | None:
            return next((at for at, item in enumerate(self._new()) if item.name == name and (item.whole or not whole)), None)

        await self._until(lambda: found() is not None, [name])
        end = (found() or 0) + 1
        names = [item.name for item in self._new()[:end]]
        self._cursor += end
        return names

    async def hang_up(self) -> None:
        """Put the receiver down, and wait until the other side has taken notice."""
        bye = self.put_down()
        if bye is not None and not self._wires.signals.is_closing():
            resend = self._start(self._resend(bye))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._noticed.wait(), _BYE_SECONDS)
            resend.cancel()
        self.close()

    def put_down(self) -> Message | None:
        """Say goodbye without waiting; what was said, or None where the call is over."""
        if self.over or not self.status:
            return None
        bye = self._dialog.request("BYE")
        self._send(bye)
        self._over.set()
        self._tell()
        return bye

    async def wait_for_end(self) -> None:
        """However long the call goes on."""
        await self._over.wait()

    async def ended(self) -> None:
        """Wait until the other side hangs up. Raises NotHeard when it does not."""
        try:
            await asyncio.wait_for(self._over.wait(), PATIENCE)
        except TimeoutError:
            raise self._complaint(["the end of the call"]) from None
        finally:
            self.close()

    def close(self) -> None:
        """Let go of sockets and tasks."""
        for task in self._tasks:
            task.cancel()
        self._wires.signals.close()
        self._wires.sound.close()

    def _new(self) -> list[Heard]:
        return self.heard[self._cursor :]

    def _whole(self, number: int) -> bool:
        return len(self._new()) >= number and self._new()[number - 1].whole

    def _differs(self, wanted: Iterable[str]) -> bool:
        return any(item.name != name for item, name in zip(self._new(), wanted, strict=False))

    def _complaint(self, wanted: Iterable[str]) -> NotHeard:
        lines = [f"{item.name}{'' if item.whole else ' (cut short)'}" for item in self._new()]
        return NotHeard(f"waited for {list(wanted)}; heard since: {lines}; {'the call is over' if self.over else 'the call goes on'}")

    async def _until(self, true: Callable[[], bool], wanted: Iterable[str]) -> None:
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(lambda: true() or self.over), PATIENCE)
            except TimeoutError:
                raise self._complaint(wanted) from None
        if not true():
            raise self._complaint(wanted)

    async def _invite(self) -> "Call":
        invite = self._dialog.request("INVITE", branch=self._branch, kind="application/sdp", body=self._own_sdp)
        resend = self._start(self._resend(invite))
        while True:
            answer = await asyncio.wait_for(self._answers.get(), PATIENCE)
            resend.cancel()
            if answer.status < 200:
                continue
            self.status = answer.status
            if answer.status >= 300:
                self._send(self._dialog.request("ACK", branch=self._branch))
                raise Refused(answer.status)
            self._dialog.learn(answer)
            self._send(self._dialog.request("ACK"))
            return self

    async def _resend(self, message: Message) -> None:
        pause = _FIRST_RESEND
        while True:
            self._send(message)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_RESEND)

    def _start(self, work: "asyncio._CoroutineLike[None]") -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _signal(self, data: bytes) -> None:
        try:
            message = Message.read(data)
        except BadMessage:
            return
        if not message.status:
            self._asked(message)
        elif message.method == "BYE":
            self._noticed.set()
        elif message.method == "INVITE":
            media = media_of(message.body)
            if media and self._media is None:
                self._media = media
                self._start(self._talk(media))
            if message.status >= 200 and self.status:
                # Our ACK got lost.
                self._send(self._dialog.request("ACK"))
            else:
                self._answers.put_nowait(message)

    def _asked(self, message: Message) -> None:
        """A request within the call: the end of it, a refresh of its session, a question whether we are there."""
        if message.method == "ACK":
            return
        answer = message.response(200, "OK", self._dialog.tag, self._own_sdp if message.method == "INVITE" else "")
        if message.method == "INVITE":
            host, port = self._dialog.own
            answer.headers += [("contact", f"<sip:{self._dialog.number}@{host}:{port}>"), ("content-type", "application/sdp")]
        self._send(answer)
        if message.method == "BYE":
            self._over.set()
            self._tell()

    async def _talk(self, media: Media) -> None:
        """A packet every 20 ms by the clock, whatever the loop was busy with."""
        loop = asyncio.get_running_loop()
        self._sender.event_type = media.events or EVENTS
        due = loop.time()
        while not self.over:
            if not self._silent or self._sender.busy:
                for packet in self._sender.tick():
                    self._wires.sound.sendto(packet, (media.host, media.port))
            due = max(due + _PACKET_SECONDS, loop.time() - _PACKET_SECONDS)
            await asyncio.sleep(due - loop.time())

    def _hear(self, data: bytes) -> None:
        packet = Packet.read(data)
        if packet is None or packet.payload_type != PCMA:
            return
        if self._on_sound:
            self._on_sound(packet.payload)
        if self.ears.listen(packet.payload):
            self._tell()

    def _tell(self) -> None:
        self._start(self._notify())

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _send(self, message: Message) -> None:
        if not self._wires.signals.is_closing():
            self._wires.signals.sendto(message.octets())


def is_key(text: str) -> bool:
    """Whether a text is one key of a telephone."""
    return len(text) == 1 and text in KEYS[:12]
