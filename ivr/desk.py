"""The engine as one call sees it: requests under the call's own references, tried again under the same ones while the database is away."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from recharge import (
    Channel,
    Endpoint,
    EndpointKind,
    Engine,
    Operation,
    OrderView,
    Origin,
    Refusal,
    RefusalCode,
    Reply,
    Request,
    ServicePassword,
)

_LONGEST_CALL_ID = 48
_BUSY_TRIES = 3
_BUSY_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the country's numbers look to the network: what stands before national digits."""

    country_code: str = "86"
    trunk_prefix: str = ""
    longest: int = 11

    def caller(self, shown: str) -> str:
        """The line behind a caller's number as the network shows it (+86138..., 0086138..., 138...); empty where it shows none."""
        digits = "".join(character for character in shown if character.isascii() and character.isdigit())
        for prefix in ("00" + self.country_code, self.country_code):
            foreign = shown.strip().startswith("+") or digits.startswith("00") or len(digits) > self.longest
            if foreign and digits.startswith(prefix) and len(digits) > len(prefix):
                return self.trunk_prefix + digits[len(prefix) :]
        return digits


@dataclass
class Desk:
    """One call's. `line` is the caller's own number: it names an endpoint and proves nothing, so every request carries the password."""

    engine: Engine
    line: str
    call_id: str
    language: str | None = None
    pause: Callable[[float], None] = field(default=time.sleep)
    _step: int = 0

    def endpoint(self) -> Endpoint | None:
        """Whose line it is. Raises Refusal(BUSY)."""
        return self._registered(self.line)

    def other_party(self, keyed: str) -> str:
        """The code of the party that a caller keyed: its registered phone number, or the code itself where it has only digits."""
        found = self._registered(keyed)
        return found.party.code if found else keyed

    def step(self) -> str:
        """The reference of the next thing this call asks for: the call's id and the step, the same however often it is tried."""
        self._step += 1
        call = self.call_id
        if len(call) > _LONGEST_CALL_ID or not call.isascii():
            call = hashlib.blake2b(call.encode(), digest_size=20).hexdigest()
        return f"{call}-{self._step}"

    def ask(self, operation: Operation, password: str, reference: str = "") -> Reply:
        """Carry out one request; with the database away it is tried again under the same reference, then Refusal(BUSY) is the answer."""
        origin = Origin(Channel.IVR, EndpointKind.PHONE_LINE, self.line, reference, self.call_id)
        request = Request(origin, ServicePassword(password), operation, self.language)
        for left in reversed(range(_BUSY_TRIES)):
            reply = self.engine.take(request)
            if reply.refusal is None or reply.refusal.code is not RefusalCode.BUSY or not left:
                break
            self.pause(_BUSY_PAUSE_SECONDS)
        return reply

    def wait(self, order_number: str, seconds: float) -> OrderView | None:
        """The order when it has ended, or as it stands after so many seconds; None while the database is away."""
        try:
            return self.engine.wait(order_number, seconds)
        except SQLAlchemyError:
            self.pause(_BUSY_PAUSE_SECONDS)
            return None

    def check_number(self, keyed: str) -> Refusal | None:
        """Why a customer's number cannot be served."""
        return _refusal_of(lambda: self.engine.recognise(keyed))

    def check_amount(self, number: str, amount_minor: int) -> Refusal | None:
        """Why this amount cannot be recharged to this number."""
        origin = Origin(Channel.IVR, EndpointKind.PHONE_LINE, self.line, "", self.call_id)
        return _refusal_of(lambda: self.engine.quote(origin, number, amount_minor))

    def _registered(self, number: str) -> Endpoint | None:
        try:
            return self.engine.endpoint_named(EndpointKind.PHONE_LINE, number)
        except SQLAlchemyError as error:
            raise Refusal(RefusalCode.BUSY) from error


def _refusal_of(look: Callable[[], object]) -> Refusal | None:
    try:
        look()
    except Refusal as refusal:
        return refusal
    except SQLAlchemyError:
        return Refusal(RefusalCode.BUSY)
    return None
