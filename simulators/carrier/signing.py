"""Signatures of the carrier's interface (docs/carrier-protocol.md section 2): making them, checking them, remembering nonces."""

import hashlib
import hmac
import itertools
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Final

from simulators.carrier import codes

ALLOWED_SKEW_SECONDS: Final = 300
NONCE_MEMORY_SECONDS: Final = 900
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


def signed_bytes(kind: str, partner: str, timestamp: str, nonce: str, body: bytes, request_nonce: str = "") -> bytes:
    """The bytes a signature covers; `kind` is REQUEST, ANSWER or CALLBACK, and only an answer names its request's nonce."""
    parts = [kind, partner, timestamp, nonce]
    if request_nonce:
        parts.append(request_nonce)
    return ("\n".join(parts) + "\n").encode() + body


def signature(secret: bytes, covered: bytes) -> str:
    """HMAC-SHA256 of the covered bytes, 64 lower-case hexadecimal digits."""
    return hmac.new(secret, covered, hashlib.sha256).hexdigest()


class Signer:
    """Makes the four headers of what the carrier sends; the clock gives the carrier's own seconds since the epoch."""

    def __init__(self, partner: str, secret: bytes, clock: Callable[[], float]) -> None:
        self._partner = partner
        self._secret = secret
        self._clock = clock
        self._prefix = secrets.token_hex(8)
        self._count = itertools.count(1)

    def headers(self, kind: str, body: bytes, request_nonce: str = "") -> dict[str, str]:
        """Headers for one message; each call uses a nonce of its own."""
        timestamp = str(int(self._clock()))
        nonce = f"{self._prefix}-{next(self._count)}"
        covered = signed_bytes(kind, self._partner, timestamp, nonce, body, request_nonce)
        return {
            "X-Partner": self._partner,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": signature(self._secret, covered),
        }


class Gate:
    """Checks incoming requests in the order of section 2: partner, signature, timestamp, nonce."""

    def __init__(self, partner: str, secret: bytes, clock: Callable[[], float]) -> None:
        self._partner = partner
        self._secret = secret
        self._clock = clock
        self._recent: set[str] = set()
        self._older: set[str] = set()
        self._turned_at = clock()

    def refusal(self, headers: Mapping[str, str], body: bytes) -> str:
        """The result code that refuses the request, or an empty string for a request that may come in."""
        if headers.get("X-Partner") != self._partner:
            return codes.UNKNOWN_PARTNER
        timestamp, nonce = headers.get("X-Timestamp", ""), headers.get("X-Nonce", "")
        if not self._is_signed(headers.get("X-Signature", ""), timestamp, nonce, body):
            return codes.BAD_SIGNATURE
        if abs(self._clock() - int(timestamp)) > ALLOWED_SKEW_SECONDS:
            return codes.BAD_TIMESTAMP
        return "" if self._is_new(nonce) else codes.REPEATED_NONCE

    def _is_signed(self, shown: str, timestamp: str, nonce: str, body: bytes) -> bool:
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            return False
        wanted = signature(self._secret, signed_bytes("REQUEST", self._partner, timestamp, nonce, body))
        return hmac.compare_digest(shown.encode(), wanted.encode())

    def _is_new(self, nonce: str) -> bool:
        # Two generations instead of a time for each nonce: remembered for one to two memory spans, at no cost.
        if abs(self._clock() - self._turned_at) > NONCE_MEMORY_SECONDS:
            self._older, self._recent, self._turned_at = self._recent, set(), self._clock()
        if nonce in self._recent or nonce in self._older:
            return False
        self._recent.add(nonce)
        return True
