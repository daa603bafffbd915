"""The application's side: binds to a centre, by one connection or by two, stays bound, and backs off when it is throttled."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from stk_sms.smpp.asking import ErrorStatus, NoResponse, NotBound, SessionEnded, Told
from stk_sms.smpp.codec import Pdu, answer_to
from stk_sms.smpp.pdus import (
    AlertNotification,
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    Body,
    DataSm,
    DeliverSm,
    GenericNack,
    Outbind,
)
from stk_sms.smpp.session import Answers, Session, SessionRules, State
from stk_sms.smpp.status import THROTTLING, Status, name_of
from stk_sms.smpp.timers import SystemTimers, Timers

_log = logging.getLogger(__name__)
LONGEST_PAUSE = 60.0
_MOST_TRIES = 8
_DENIED = frozenset({Status.RINVPASWD, Status.RINVSYSID, Status.RBINDFAIL})
_STATES = {BindReceiver: State.BOUND_RX, BindTransmitter: State.BOUND_TX, BindTransceiver: State.BOUND_TRX}


@dataclass(frozen=True, slots=True)
class EsmeSettings:
    """Where a centre is and how we bind. `pair`: one connection to send, one to receive, for centres without transceivers."""

    host: str
    port: int
    system_id: str
    password: str = field(default="", repr=False)
    system_type: str = ""
    address_range: str = ""
    mode: Literal["transceiver", "pair"] = "transceiver"


Deliver = Callable[[list[Pdu]], Awaitable[list[int]]]
"""Takes a batch of deliver_sm and data_sm; a status for each, which is sent when it returns."""


class Esme:
    """Keeps one binding alive until `stop`."""

    def __init__(
        self,
        settings: EsmeSettings,
        deliver: Deliver,
        rules: SessionRules | None = None,
        timers: Timers | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._settings, self._deliver = settings, deliver
        self._rules, self._timers = rules or SessionRules(), timers or SystemTimers()
        # Chance only spreads tries that would meet again.
        self._chance = chance or random.Random()  # noqa: S311
        self._sessions: dict[State, Session] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._not_before = 0.0
        self._changed = asyncio.Event()

    @property
    def can_send(self) -> bool:
        """Whether a connection to send by is bound."""
        return self._sender() is not None

    @property
    def states(self) -> frozenset[State]:
        """What is bound now."""
        return frozenset(self._sessions)

    def start(self) -> None:
        """Begin to bind, and to bind again whenever the connection is lost."""
        settings = self._settings
        binds = (BindTransceiver,) if settings.mode == "transceiver" else (BindTransmitter, BindReceiver)
        for bind in binds:
            body = bind(settings.system_id, settings.password, settings.system_type, address_range=settings.address_range)
            self._keepers.append(asyncio.create_task(self._keep(body)))

    async def bound(self) -> None:
        """Wait until all connections are bound."""
        while len(self._sessions) < len(self._keepers):
            self._changed.clear()
            await self._changed.wait()

    async def stop(self) -> None:
        """Leave every connection in order."""
        await asyncio.gather(*(session.unbind() for session in list(self._sessions.values())))
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers.clear()

    async def submit_all(self, bodies: Sequence[Body]) -> list[Told | NotBound]:
        """Send requests: for each its answer, or why there is none. While the centre throttles, all wait longer and longer."""
        told: dict[int, Told | NotBound] = dict.fromkeys(range(len(bodies)), NotBound())
        left = list(told)
        for attempt in range(_MOST_TRIES):
            await self._hold_back()
            session = self._sender()
            if session is None:
                break
            answers = await session.request_all([bodies[index] for index in left])
            told |= zip(left, answers, strict=True)
            left = [index for index, one in zip(left, answers, strict=True) if isinstance(one, ErrorStatus) and one.status in THROTTLING]
            if not left or attempt == _MOST_TRIES - 1:
                break
            self._slow_down(attempt)
        return [told[index] for index in range(len(bodies))]

    def _sender(self) -> Session | None:
        return self._sessions.get(State.BOUND_TRX) or self._sessions.get(State.BOUND_TX)

    async def _hold_back(self) -> None:
        while (wait := self._not_before - self._timers.now()) > 0:
            await self._timers.sleep(wait)

    def _slow_down(self, attempt: int) -> None:
        pause = min(0.5 * 2**attempt, 30.0) * self._chance.uniform(0.5, 1.0)
        self._not_before = max(self._not_before, self._timers.now() + pause)
        _log.warning("the centre throttles; next message in %.1f s", pause)

    async def _keep(self, bind: Bind) -> None:
        pause = 1.0
        while True:
            told = await self._live(bind)
            if told is None:
                pause = 1.0
            elif told in _DENIED:
                # Asking quickly with a password that is not taken gets the account locked.
                pause = LONGEST_PAUSE
            await self._timers.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _live(self, bind: Bind) -> int | None:
        """One connection from its beginning to its end: None where it was bound, else the status of the refusal (0: no connection)."""
        settings = self._settings
        try:
            async with asyncio.timeout(self._rules.bind_seconds):
                reader, writer = await asyncio.open_connection(settings.host, settings.port)
        except (OSError, TimeoutError) as error:
            _log.warning("%s:%d cannot be reached: %s", settings.host, settings.port, type(error).__name__)
            return Status.ROK
        session = Session(reader, writer, self._answer, self._rules, self._timers)
        life = asyncio.create_task(session.run())
        try:
            return await self._bind(session, bind, life)
        finally:
            session.drop("not wanted any more")
            with suppress(asyncio.CancelledError):
                await life

    async def _bind(self, session: Session, bind: Bind, life: "asyncio.Task[str]") -> int | None:
        try:
            await session.request(bind)
        except ErrorStatus as error:
            _log.error("bind refused: %s", name_of(error.status))
            return error.status
        except (NoResponse, SessionEnded) as error:
            _log.warning("bind not answered: %s", error)
            return Status.ROK
        state = _STATES[type(bind)]
        session.state = state
        self._sessions[state] = session
        self._changed.set()
        try:
            _log.warning("link down: %s", await asyncio.shield(life))
        finally:
            del self._sessions[state]
        return None

    async def _answer(self, batch: list[Pdu]) -> Answers:
        messages = [pdu for pdu in batch if isinstance(pdu.body, DeliverSm | DataSm)]
        statuses = iter(await self._deliver(messages) if messages else ())
        answers: list[tuple[int, Body] | None] = []
        for pdu in batch:
            body = answer_to(pdu.body.command)
            if isinstance(pdu.body, DeliverSm | DataSm) and body is not None:
                answers.append((next(statuses), body))
            elif isinstance(pdu.body, AlertNotification | Outbind):
                answers.append(None)
            else:
                answers.append((Status.RINVCMDID, GenericNack()))
        return answers
