"""Signatures of the carrier platform: HMAC-SHA256 over the kind of message, the headers and the exact body (section 2)."""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PARTNER, TIMESTAMP, NONCE, SIGNATURE = "x-partner", "x-timestamp", "x-nonce", "x-signature"
CALLBACK_WINDOW = timedelta(seconds=300)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class BadSignature(Exception):
    """The message is not proved to come from the carrier; says which part is wrong."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One partner's name and secret. The key is the secret's bytes as they stand."""

    partner: str
    secret: bytes = field(repr=False)

    def request_headers(self, body: bytes, nonce: str, now: datetime) -> dict[str, str]:
        """The four headers of a request."""
        timestamp = str(int(now.timestamp()))
        return {
            "X-Partner": self.partner,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": self._signature(b"REQUEST", timestamp, nonce, body),
        }

    def check_answer(self, headers: Mapping[str, str], body: bytes, request_nonce: str) -> None:
        """Check that an answer is the carrier's and belongs to the request of this nonce. Raises BadSignature.

        Its timestamp is not checked: the nonce ties it, so a carrier whose clock is wrong can still be understood.
        """
        timestamp, nonce, signature = self._parts(headers)
        self._compare(signature, self._signature(b"ANSWER", timestamp, nonce, body, request_nonce))

    def check_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check that a callback is the carrier's and at most 300 s old or early. Raises BadSignature."""
        timestamp, nonce, signature = self._parts(headers)
        self._compare(signature, self._signature(b"CALLBACK", timestamp, nonce, body))
        if abs(now.timestamp() - int(timestamp)) > CALLBACK_WINDOW.total_seconds():
            raise BadSignature("timestamp")

    def _parts(self, headers: Mapping[str, str]) -> tuple[str, str, str]:
        """Timestamp, nonce and signature as they stand; header names in lower case."""
        if not hmac.compare_digest(headers.get(PARTNER, "").encode(), self.partner.encode()):
            raise BadSignature("partner")
        timestamp, nonce = headers.get(TIMESTAMP, ""), headers.get(NONCE, "")
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise BadSignature("headers")
        return timestamp, nonce, headers.get(SIGNATURE, "")

    def _compare(self, given: str, right: str) -> None:
        if not hmac.compare_digest(given.encode(errors="replace"), right.encode()):
            raise BadSignature("signature")

    def _signature(self, word: bytes, timestamp: str, nonce: str, body: bytes, request_nonce: str | None = None) -> str:
        parts = [word, self.partner.encode(), timestamp.encode(), nonce.encode()]
        if request_nonce is not None:
            parts.append(request_nonce.encode())
        return hmac.new(self.secret, b"\n".join([*parts, body]), "sha256").hexdigest()


def new_nonce() -> str:
    """A nonce that is never used twice: 144 bits of chance in 24 characters."""
    return secrets.token_urlsafe(18)
