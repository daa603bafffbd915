"""What all links over HTTP share: one kept-alive client that never sends twice, and the one judgement of what counts as sent (law 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from yarl import URL

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import (
    LONGEST_TEXT,
    AttemptOrder,
    Callback,
    CannotTell,
    Caps,
    ForgedCallback,
    LinkMisconfigured,
    LinkParts,
    RawCallback,
    StatementLine,
    StatementTimes,
)

LARGEST_ANSWER = 65_536
M = TypeVar("M", bound=BaseModel)


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("no such time zone") from None
    return zone


Zone = Annotated[str, AfterValidator(_known_zone)]
"""A time zone by a name that this machine knows."""


class HttpLinkSettings(BaseModel):
    """What every link over HTTP is told, times in seconds.

    `connect_seconds`: no connection by then is not sent. `answer_seconds`: no whole answer by then is unknown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    connect_seconds: float = Field(default=3, gt=0, le=10)
    # Must end well within the dispatcher's lease, whose shortest setting is 45 s.
    answer_seconds: float = Field(default=30, gt=0, le=35)
    # Below what servers usually grant, so that no request goes into a connection that is just being closed.
    idle_seconds: float = Field(default=60, gt=0)
    most_connections: int = Field(default=400, gt=0, le=2000)
    settle_seconds: int = Field(default=900, ge=0)
    slow_seconds: float = Field(default=15, gt=0)


def read_model(kind: type[M], parts: LinkParts, shortest_secret: int = 0) -> M:
    """A link's settings. Raises LinkMisconfigured, which names the fields that are wrong but none of their values."""
    if len(parts.secret) < shortest_secret:
        raise LinkMisconfigured(f"link {parts.code}: its secret has fewer than {shortest_secret} bytes")
    try:
        return kind.model_validate(dict(parts.settings))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise LinkMisconfigured(f"link {parts.code}: {wrong}") from None


def http_caps(settings: HttpLinkSettings, *can: str, statement: StatementTimes | None = None) -> Caps:
    """What a link can do, of "query", "reverse", "balance", "callback", "idempotent_submit", "partial"."""
    return Caps(
        query="query" in can,
        reverse="reverse" in can,
        balance="balance" in can,
        statement=statement,
        callback="callback" in can,
        idempotent_submit="idempotent_submit" in can,
        partial="partial" in can,
        settle_window=timedelta(seconds=settings.settle_seconds),
        answers_within=timedelta(seconds=settings.slow_seconds),
    )


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer; header names in lower case."""

    status: int
    content_type: str
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """There is no answer to go by. `may_have_arrived` says whether the request's first byte can have left."""

    def __init__(self, why: str, may_have_arrived: bool = True) -> None:
        super().__init__(why)
        self.may_have_arrived = may_have_arrived


class CannotSay(Exception):
    """An order that the supplier's protocol has no words for (an amount, a kind, a number); nothing was sent."""


def product_of(named: Mapping[str, str], order: AttemptOrder) -> str:
    """The supplier's name for what is sold, by carrier and face value (minor units) or by carrier alone. Raises CannotSay."""
    found = named.get(f"{order.carrier_code}:{order.face_minor}") or named.get(order.carrier_code)
    if found is None:
        raise CannotSay("no product for this carrier and face value")
    return found


class HttpLink:
    """A client; safe for hundreds of requests at once in one event loop. Link kinds inherit from it."""

    def __init__(self, parts: LinkParts, settings: HttpLinkSettings) -> None:
        self._http = settings
        self._clock = parts.clock
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def reverse(self, order: AttemptOrder) -> Outcome:
        """What a kind says that takes nothing back."""
        return Outcome(OutcomeState.FAILED, self._now(), code="cannot_reverse")

    async def statement(self, day: date) -> Sequence[StatementLine]:
        """What a kind says that has none. Raises CannotTell."""
        raise CannotTell("this kind has no statement")

    def read_callback(self, raw: RawCallback) -> Callback:
        """What a kind says that has none. Raises ForgedCallback."""
        raise ForgedCallback("this kind has no callbacks")

    async def _request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        largest: int = LARGEST_ANSWER,
        seconds: float | None = None,
    ) -> HttpAnswer:
        """One request, never repeated; `url` is encoded already. Raises NoAnswer, also for an answer that is no whole HTTP answer."""
        journey = SimpleNamespace(connected=False)
        timeout = aiohttp.ClientTimeout(total=seconds or self._http.answer_seconds, sock_connect=self._http.connect_seconds)
        try:
            async with self._opened().request(
                method,
                URL(url, encoded=True),
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                trace_request_ctx=journey,
            ) as response:
                content = await _limited(response, largest)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            # aiohttp's exceptions do not tell the phase (a time-out, a reset or a bad address looks alike in several), the trace does.
            raise NoAnswer(type(error).__name__, journey.connected) from None
        named = {name.lower(): text for name, text in response.headers.items()}
        return HttpAnswer(response.status, response.content_type, named, content)

    async def _understood(self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        """The body of an answer with status 200. Raises NoAnswer."""
        answer = await self._request(method, url, body, headers)
        if answer.status != 200:
            raise NoAnswer(f"HTTP {answer.status}")
        return answer.body

    def _unanswered(self, error: Exception) -> Outcome:
        """What a request that moves money came to when it got no usable answer."""
        never_left = isinstance(error, CannotSay) or (isinstance(error, NoAnswer) and not error.may_have_arrived)
        return self._without_word(OutcomeState.NOT_SENT if never_left else OutcomeState.UNKNOWN, error)

    def _without_word(self, state: OutcomeState, error: Exception) -> Outcome:
        why = f"{type(error).__name__}: {error}"
        return Outcome(state, self._now(), text=why[:LONGEST_TEXT], raw=why)

    def _opened(self) -> aiohttp.ClientSession:
        """The one session, made inside the running loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._http.most_connections, keepalive_timeout=self._http.idle_seconds)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trace_configs=[_connection_trace()],
            )
            # It would send a GET again by itself when a kept connection turns out closed: here a GET may sell airtime.
            self._session._retry_connection = False  # noqa: SLF001  there is no public way; the contract test holds that it works
        return self._session

    def _now(self) -> datetime:
        return self._clock.now()


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
