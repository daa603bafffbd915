"""The link to the carrier platform: one signed POST a question, and what its answer proves (sections 1 to 7)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import aiohttp

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.carrier_platform import codec, codes
from recharge.suppliers.carrier_platform.codes import Asked
from recharge.suppliers.carrier_platform.evidence import callback_of, outcome_of
from recharge.suppliers.carrier_platform.settings import CarrierPlatformSettings, read_settings
from recharge.suppliers.carrier_platform.signing import BadSignature, Signer, new_nonce
from recharge.suppliers.carrier_platform.statement import LARGEST_STATEMENT, read_statement
from recharge.suppliers.contract import (
    LONGEST_TEXT,
    AttemptOrder,
    BadCallback,
    Callback,
    CannotTell,
    Caps,
    ForgedCallback,
    LinkParts,
    RawCallback,
    StatementLine,
    StatementNotReady,
    Stock,
    SupplierLink,
)

_UNDERSTOOD_STATUS = frozenset({200, 400, 401, 403, 429, 503})
_XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Answer:
    """A body that is proved to be the carrier's answer to this very request."""

    content_type: str
    body: bytes


class _NoAnswer(Exception):
    """There is no proved answer. `may_have_arrived` says whether the request's first byte can have left."""

    def __init__(self, why: str, may_have_arrived: bool) -> None:
        super().__init__(why)
        self.may_have_arrived = may_have_arrived


class CarrierPlatformLink:
    """A client of the carrier platform; safe for hundreds of requests at once in one event loop."""

    def __init__(self, parts: LinkParts) -> None:
        self._settings: CarrierPlatformSettings = read_settings(parts)
        self._signer = Signer(self._settings.partner, parts.secret)
        self._clock = parts.clock
        self._session: aiohttp.ClientSession | None = None
        self._caps = self._settings.caps

    @property
    def caps(self) -> Caps:
        return self._caps

    async def submit(self, order: AttemptOrder) -> Outcome:
        return await self._money_moved(codes.OPERATIONS[order.kind], order, Asked.SUBMIT)

    async def reverse(self, order: AttemptOrder) -> Outcome:
        return await self._money_moved("Reverse", order, Asked.REVERSE)

    async def query(self, order: AttemptOrder) -> Outcome:
        asked = Asked.QUERY_REVERSAL if order.original_reference else Asked.QUERY_ORDER
        try:
            answer = await self._ask(codec.order_request("Query", order))
            return outcome_of(codec.read(answer.body), "QueryAnswer", order, asked, self._now())
        except (_NoAnswer, codec.BadField, codec.BadMessage) as error:
            return self._outcome(OutcomeState.UNKNOWN, error)

    async def balance(self) -> Stock:
        message = await self._told(codec.balance_request(), "BalanceAnswer")
        free, reserved = message.fen("StockAfter"), message.fen("Reserved")
        if message.get("Code") != codes.DONE or free is None or reserved is None:
            raise CannotTell(f"balance: {message.get('Code') or 'no code'}")
        return Stock(free, reserved, self._now())

    async def statement(self, day: date) -> Sequence[StatementLine]:
        try:
            answer = await self._ask(codec.statement_request(day), LARGEST_STATEMENT, self._settings.statement_seconds)
        except _NoAnswer as error:
            raise CannotTell(f"statement: {error}") from None
        if answer.content_type == "text/plain":
            # A day may have a million lines: they are read beside the event loop.
            return await asyncio.to_thread(read_statement, answer.body, self._settings.partner, day)
        code = _read(answer.body, "StatementAnswer").get("Code")
        if code in {codes.STATEMENT_NOT_READY, codes.NO_STATEMENT}:
            raise StatementNotReady(code)
        raise CannotTell(f"statement: {code}")

    def read_callback(self, raw: RawCallback) -> Callback:
        try:
            self._signer.check_callback(raw.headers, raw.body, self._now())
            return callback_of(codec.read(raw.body), self._now())
        except BadSignature as error:
            raise ForgedCallback(str(error)) from None
        except codec.BadMessage as error:
            raise BadCallback(str(error)) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _money_moved(self, root: str, order: AttemptOrder, asked: Asked) -> Outcome:
        try:
            answer = await self._ask(codec.order_request(root, order))
            return outcome_of(codec.read(answer.body), f"{root}Answer", order, asked, self._now())
        except codec.BadField as error:
            return self._outcome(OutcomeState.NOT_SENT, error)
        except _NoAnswer as error:
            return self._outcome(OutcomeState.UNKNOWN if error.may_have_arrived else OutcomeState.NOT_SENT, error)
        except codec.BadMessage as error:
            return self._outcome(OutcomeState.UNKNOWN, error)

    async def _told(self, body: bytes, root: str) -> codec.Message:
        try:
            return _read((await self._ask(body)).body, root)
        except _NoAnswer as error:
            raise CannotTell(str(error)) from None

    async def _ask(self, body: bytes, largest: int = codec.LARGEST_ANSWER, seconds: float | None = None) -> _Answer:
        """One request, never repeated. Raises _NoAnswer."""
        nonce, journey = new_nonce(), SimpleNamespace(connected=False)
        headers = self._signer.request_headers(body, nonce, self._now()) | {"Content-Type": _XML}
        timeout = aiohttp.ClientTimeout(total=seconds or self._settings.answer_seconds, sock_connect=self._settings.connect_seconds)
        try:
            async with self._opened().post(
                self._settings.url, data=body, headers=headers, timeout=timeout, allow_redirects=False, trace_request_ctx=journey
            ) as response:
                content = await _limited(response, largest)
                return self._proved(response, content, nonce)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            # aiohttp's exceptions do not tell the phase (a time-out, a reset or a bad address looks alike in several), the trace does.
            raise _NoAnswer(type(error).__name__, journey.connected) from None

    def _proved(self, response: aiohttp.ClientResponse, content: bytes, nonce: str) -> _Answer:
        if response.status not in _UNDERSTOOD_STATUS:
            raise _NoAnswer(f"HTTP {response.status}", True)
        headers = {name.lower(): value for name, value in response.headers.items()}
        try:
            self._signer.check_answer(headers, content, nonce)
        except BadSignature as error:
            raise _NoAnswer(f"HTTP {response.status}, bad {error}", True) from None
        return _Answer(response.content_type, content)

    def _opened(self) -> aiohttp.ClientSession:
        """The one session, made inside the running loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._settings.most_connections, keepalive_timeout=self._settings.idle_seconds)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trace_configs=[_connection_trace()],
            )
        return self._session

    def _outcome(self, state: OutcomeState, error: Exception) -> Outcome:
        why = f"{type(error).__name__.removeprefix('_')}: {error}"
        return Outcome(state, self._now(), text=why[:LONGEST_TEXT], raw=why)

    def _now(self) -> datetime:
        return self._clock.now()


def make(parts: LinkParts) -> SupplierLink:
    """A link to the carrier platform. Raises LinkMisconfigured."""
    return CarrierPlatformLink(parts)


def _read(body: bytes, root: str) -> codec.Message:
    try:
        message = codec.read(body)
    except codec.BadMessage as error:
        raise CannotTell(str(error)) from None
    if message.root != root:
        raise CannotTell("answer to another question")
    return message


async def _limited(response: aiohttp.ClientResponse, largest: int) -> bytes:
    """The whole body. Raises ClientPayloadError when it is larger than allowed."""
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > largest:
            response.close()
            raise aiohttp.ClientPayloadError("too large")
        pieces.append(piece)
    return b"".join(pieces)


def _connection_trace() -> aiohttp.TraceConfig:
    """Notes on a request's journey that it was given a connection: from then on its bytes may have left."""

    async def connected(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any) -> None:
        context.trace_request_ctx.connected = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    return trace
