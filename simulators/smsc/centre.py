"""The centre's SMPP side: applications bind, submit and are delivered to; what they do not take stays and comes again."""

import asyncio
from contextlib import suppress
from typing import Final

from simulators.smsc import pdu
from simulators.smsc.book import Book, FromPhone, ToPhone

_LOOK_SECONDS: Final = 0.05


class Centre:
    """Listens for applications and brings them what phones send."""

    def __init__(self, book: Book, passwords: dict[str, str]) -> None:
        self.book, self._passwords = book, passwords
        self.connections: list[Connection] = []
        self._later: set[asyncio.Task[None]] = set()
        self._turn = 0

    def may_bind(self, system_id: str, password: str) -> bool:
        """Whether an application may bind; anybody may where no passwords were told."""
        return not self._passwords or self._passwords.get(system_id) == password

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The life of one connection."""
        connection = Connection(self, writer)
        self.connections.append(connection)
        stream = bytearray()
        try:
            while not connection.over and (octets := await reader.read(65_536)):
                stream += octets
                for head in pdu.cut(stream):
                    connection.hear(head)
        except (OSError, pdu.Unreadable) as error:
            print(f"connection lost: {error}", flush=True)
        finally:
            self.connections.remove(connection)
            connection.close()

    def disconnect(self) -> None:
        """Cut every connection without a word."""
        for connection in list(self.connections):
            connection.close()

    def unbind(self) -> None:
        """Ask every application to leave."""
        for connection in self.connections:
            connection.say(pdu.UNBIND)

    async def deliver_forever(self) -> None:
        """Bring what is due, in turn over the connections that receive."""
        while True:
            self.deliver()
            await asyncio.sleep(_LOOK_SECONDS)

    def deliver(self) -> None:
        """Bring what is due now."""
        receiving = [one for one in self.connections if one.receives]
        room = sum(self.book.settings.window - len(one.open) for one in receiving)
        for message in self.book.due(room):
            ready = [one for one in receiving if len(one.open) < self.book.settings.window]
            self._turn += 1
            ready[self._turn % len(ready)].bring(message)

    def later(self, seconds: float, message: ToPhone) -> None:
        """Send a receipt after a while."""
        task = asyncio.create_task(self._receipt(seconds, message))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _receipt(self, seconds: float, message: ToPhone) -> None:
        await asyncio.sleep(seconds)
        self.report(message)

    def report(self, message: ToPhone) -> None:
        """Put a message's receipt among what is to be delivered."""
        self.book.put(self.book.receipt(message))
        self.deliver()


class Connection:
    """One connection of an application."""

    def __init__(self, centre: Centre, writer: asyncio.StreamWriter) -> None:
        self._centre, self._writer = centre, writer
        self.bound = 0
        self.system_id = ""
        self.over = False
        self.open: dict[int, FromPhone] = {}
        self._sequence = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def receives(self) -> bool:
        """Whether messages can be delivered here."""
        return self.bound in (pdu.BIND_RECEIVER, pdu.BIND_TRANSCEIVER) and not self.over

    def say(self, command: int, body: bytes = b"") -> int:
        """Send a request; its sequence number."""
        self._sequence += 1
        self._write(pdu.pack(command, self._sequence, body))
        return self._sequence

    def bring(self, message: FromPhone) -> None:
        """Deliver a message; it is out until it is answered."""
        message.state, message.tries = "sent", message.tries + 1
        self.open[self.say(pdu.DELIVER_SM, pdu.write_short(message.short))] = message

    def close(self) -> None:
        """Cut the connection; what was out comes again."""
        self.over = True
        for message in self.open.values():
            self._centre.book.lost(message)
        self.open.clear()
        with suppress(OSError):
            self._writer.close()

    def hear(self, head: pdu.Head) -> None:
        """One PDU of the application."""
        if head.command in pdu.BINDS:
            self._bind(head)
        elif head.command in (pdu.DELIVER_SM | pdu.RESPONSE, pdu.NACK):
            message = self.open.pop(head.sequence, None)
            if message is not None:
                self._centre.book.answered(message, head.status)
                self._centre.deliver()
        elif head.command == pdu.SUBMIT_SM:
            self._submit(head)
        elif head.command in (pdu.ENQUIRE_LINK, pdu.UNBIND):
            self._answer(head)
            self.over = self.over or head.command == pdu.UNBIND
        elif head.command == pdu.UNBIND | pdu.RESPONSE:
            self.over = True
        elif not head.command & pdu.RESPONSE:
            self._write(pdu.pack(pdu.NACK, head.sequence, status=0x03))

    def _bind(self, head: pdu.Head) -> None:
        system_id, password = pdu.strings(head.body, 2)
        if not self._centre.may_bind(system_id, password):
            self._answer(head, status=0x0E)
            return
        self.bound, self.system_id = head.command, system_id
        self._answer(head, b"simulated-smsc\0")
        self._centre.deliver()

    def _submit(self, head: pdu.Head) -> None:
        settings = self._centre.book.settings
        if self.bound not in (pdu.BIND_TRANSMITTER, pdu.BIND_TRANSCEIVER):
            self._answer(head, status=0x04)
            return
        status, message = self._centre.book.take(pdu.read_short(head.body), self.system_id)
        if message is not None and settings.lose:
            settings.lose -= 1
            return
        body = b"" if message is None else message.message_id.encode() + b"\0"
        wanted = message is not None and bool(message.short.registered & 1)
        if message is not None and wanted and settings.early_receipts:
            self._centre.report(message)
        if settings.answer_delay:
            self._soon(settings.answer_delay, head, body, status)
        else:
            self._answer(head, body, status)
        if message is not None and wanted and not settings.early_receipts:
            self._centre.later(settings.answer_delay + settings.receipt_delay, message)

    def _soon(self, seconds: float, head: pdu.Head, body: bytes, status: int) -> None:
        async def answer() -> None:
            await asyncio.sleep(seconds)
            self._answer(head, body, status)

        task = asyncio.create_task(answer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _answer(self, head: pdu.Head, body: bytes = b"", status: int = 0) -> None:
        self._write(pdu.pack(head.command | pdu.RESPONSE, head.sequence, body, status))

    def _write(self, octets: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(octets)
