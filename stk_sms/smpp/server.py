"""The centre's side: partners' applications (ESMEs) bind to us, submit, and are delivered to."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from stk_sms.smpp import tlvs
from stk_sms.smpp.asking import NotBound, Told
from stk_sms.smpp.codec import Pdu, answer_to
from stk_sms.smpp.pdus import (
    Bind,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    Body,
    DataSm,
    DataSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from stk_sms.smpp.session import Answers, Session, SessionRules, State
from stk_sms.smpp.status import Status
from stk_sms.smpp.timers import SystemTimers, Timers

_log = logging.getLogger(__name__)
_STATES = {BindReceiver: State.BOUND_RX, BindTransmitter: State.BOUND_TX, BindTransceiver: State.BOUND_TRX}
_RESPONSES = {BindReceiver: BindReceiverResp, BindTransmitter: BindTransmitterResp, BindTransceiver: BindTransceiverResp}
_BINDS = (BindReceiver, BindTransmitter, BindTransceiver)

# A password of eight letters must not be found by trying: so many wrong ones from one address, then none is looked at for a while.
_MOST_GUESSES = 5
_GUESS_SECONDS = 60.0

Authenticate = Callable[[str, str, str], bool]
"""System id, password, address of the peer: may it bind?"""
Submitted = Callable[[str, list[Pdu]], Awaitable[list[tuple[int, str]]]]
"""System id and a batch of submit_sm and data_sm; status and message id for each, sent when it returns."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where partners reach us. Each may hold `most_sessions` connections, all together `most_connections`."""

    host: str
    port: int
    system_id: str = "kongchong"
    most_sessions: int = 4
    most_connections: int = 64


class SmppServer:
    """Listens until `stop`."""

    def __init__(
        self,
        settings: ServerSettings,
        authenticate: Authenticate,
        submitted: Submitted,
        rules: SessionRules | None = None,
        timers: Timers | None = None,
    ) -> None:
        self._settings, self._authenticate, self._submitted = settings, authenticate, submitted
        self._rules, self._timers = rules or SessionRules(), timers or SystemTimers()
        self._guests: set[Guest] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self._guesses: dict[str, deque[float]] = {}

    @property
    def port(self) -> int:
        """Where it listens, also when any port was asked for."""
        return 0 if self._listener is None else int(self._listener.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begin to listen."""
        settings = self._settings
        self._listener = await asyncio.start_server(self._connected, settings.host, settings.port)

    async def stop(self) -> None:
        """Take nobody in any more, leave every connection in order."""
        if self._listener is not None:
            self._listener.close()
        await asyncio.gather(*(guest.session.unbind() for guest in list(self._guests)))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def bound(self, system_id: str) -> int:
        """How many connections a partner has bound."""
        return sum(guest.system_id == system_id for guest in self._guests)

    async def deliver(self, system_id: str, body: Body) -> Told | NotBound:
        """Deliver to a partner by one of its receiving connections: its answer, or why there is none."""
        for guest in self._guests:
            if guest.system_id == system_id and guest.session.state in (State.BOUND_RX, State.BOUND_TRX):
                return (await guest.session.request_all([body]))[0]
        return NotBound()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._guests) >= self._settings.most_connections:
            writer.close()
            return
        guest = Guest(self, str((writer.get_extra_info("peername") or ("",))[0]))
        guest.session = Session(reader, writer, guest.answer, self._rules, self._timers)
        self._guests.add(guest)
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        try:
            _log.info("partner %s gone: %s", guest.system_id or "unbound", await guest.session.run())
        finally:
            self._guests.discard(guest)
            self._tasks.discard(task)

    def admit(self, guest: "Guest", bind: Bind) -> Status:
        """Whether a connection may be bound as it asks."""
        if guest.session.state.bound:
            return Status.RALYBND
        guesses = self._guesses.setdefault(guest.address, deque(maxlen=_MOST_GUESSES))
        now = self._timers.now()
        if len(guesses) == _MOST_GUESSES and now - guesses[0] < _GUESS_SECONDS:
            return Status.RBINDFAIL
        if not self._authenticate(bind.system_id, bind.password, guest.address):
            guesses.append(now)
            _log.warning("bind of %r from %s refused", bind.system_id, guest.address)
            return Status.RINVPASWD
        del self._guesses[guest.address]
        if self.bound(bind.system_id) >= self._settings.most_sessions:
            return Status.RBINDFAIL
        guest.system_id = bind.system_id
        guest.session.state = _STATES[type(bind)]
        return Status.ROK

    async def take(self, system_id: str, messages: list[Pdu]) -> list[tuple[int, str]]:
        """Hand a partner's messages on."""
        return await self._submitted(system_id, messages)

    def bind_response(self, bind: Bind) -> Body:
        """The body of a bind that was taken; it tells our version (5.3.2.25)."""
        return _RESPONSES[type(bind)](self._settings.system_id, (tlvs.number(tlvs.Tag.SC_INTERFACE_VERSION, 0x34),))


class Guest:
    """One connection of a partner."""

    def __init__(self, server: SmppServer, address: str) -> None:
        self._server, self.address = server, address
        self.system_id = ""
        self.session: Session

    async def answer(self, batch: list[Pdu]) -> Answers:
        """What each request of a batch is answered with: binds first, in their order, then all messages at once."""
        answers: dict[int, tuple[int, Body]] = {}
        messages: list[tuple[int, Pdu]] = []
        for index, pdu in enumerate(batch):
            if isinstance(pdu.body, SubmitSm | DataSm) and self._may_submit():
                messages.append((index, pdu))
            else:
                answers[index] = self._simple(pdu.body)
        told = await self._server.take(self.system_id, [pdu for _, pdu in messages]) if messages else []
        for (index, pdu), (status, message_id) in zip(messages, told, strict=True):
            answers[index] = (status, self._taken(pdu.body, "" if status else message_id))
        return [answers[index] for index in range(len(batch))]

    def _may_submit(self) -> bool:
        return self.session.state in (State.BOUND_TX, State.BOUND_TRX)

    def _simple(self, body: Body) -> tuple[int, Body]:
        answer = answer_to(body.command)
        if isinstance(body, _BINDS):
            status = self._server.admit(self, body)
            return status, answer if status and answer else self._server.bind_response(body)
        if isinstance(body, SubmitSm | DataSm) and answer:
            return Status.RINVBNDSTS, answer
        # Queries, cancels and replacements are not ours to offer: a message that was taken is an order already.
        return Status.RINVCMDID, answer or GenericNack()

    @staticmethod
    def _taken(body: Body, message_id: str) -> Body:
        return DataSmResp(message_id) if isinstance(body, DataSm) else SubmitSmResp(message_id)
