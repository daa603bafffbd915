"""The link to the carrier platform: one signed POST a question, and what its answer proves (sections 1 to 7)."""

import asyncio
from collections.abc import Sequence
from datetime import date

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.carrier_platform import codec, codes
from recharge.suppliers.carrier_platform.codes import Asked
from recharge.suppliers.carrier_platform.evidence import callback_of, outcome_of
from recharge.suppliers.carrier_platform.settings import CarrierPlatformSettings, read_settings
from recharge.suppliers.carrier_platform.signing import BadSignature, Signer, new_nonce
from recharge.suppliers.carrier_platform.statement import LARGEST_STATEMENT, read_statement
from recharge.suppliers.contract import (
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
from recharge.suppliers.http import HttpAnswer, HttpLink, NoAnswer

_UNDERSTOOD_STATUS = frozenset({200, 400, 401, 403, 429, 503})
_XML = "application/xml; charset=utf-8"


class CarrierPlatformLink(HttpLink):
    """A client of the carrier platform; safe for hundreds of requests at once in one event loop."""

    def __init__(self, parts: LinkParts) -> None:
        self._settings: CarrierPlatformSettings = read_settings(parts)
        super().__init__(parts, self._settings)
        self._signer = Signer(self._settings.partner, parts.secret)
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
        except (NoAnswer, codec.BadField, codec.BadMessage) as error:
            return self._without_word(OutcomeState.UNKNOWN, error)

    async def balance(self) -> Stock:
        message = await self._told(codec.balance_request(), "BalanceAnswer")
        free, reserved = message.fen("StockAfter"), message.fen("Reserved")
        if message.get("Code") != codes.DONE or free is None or reserved is None:
            raise CannotTell(f"balance: {message.get('Code') or 'no code'}")
        return Stock(free, reserved, self._now())

    async def statement(self, day: date) -> Sequence[StatementLine]:
        try:
            answer = await self._ask(codec.statement_request(day), LARGEST_STATEMENT, self._settings.statement_seconds)
        except NoAnswer as error:
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

    async def _money_moved(self, root: str, order: AttemptOrder, asked: Asked) -> Outcome:
        try:
            answer = await self._ask(codec.order_request(root, order))
            return outcome_of(codec.read(answer.body), f"{root}Answer", order, asked, self._now())
        except codec.BadField as error:
            return self._without_word(OutcomeState.NOT_SENT, error)
        except (NoAnswer, codec.BadMessage) as error:
            return self._unanswered(error)

    async def _told(self, body: bytes, root: str) -> codec.Message:
        try:
            return _read((await self._ask(body)).body, root)
        except NoAnswer as error:
            raise CannotTell(str(error)) from None

    async def _ask(self, body: bytes, largest: int = codec.LARGEST_ANSWER, seconds: float | None = None) -> HttpAnswer:
        """One request and the answer that is proved to be the carrier's to this very one. Raises NoAnswer."""
        nonce = new_nonce()
        headers = self._signer.request_headers(body, nonce, self._now()) | {"Content-Type": _XML}
        answer = await self._request("POST", self._settings.url, body, headers, largest, seconds)
        if answer.status not in _UNDERSTOOD_STATUS:
            raise NoAnswer(f"HTTP {answer.status}")
        try:
            self._signer.check_answer(answer.headers, answer.body, nonce)
        except BadSignature as error:
            raise NoAnswer(f"HTTP {answer.status}, bad {error}") from None
        return answer


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
