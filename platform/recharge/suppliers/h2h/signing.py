"""OtomaX's signature: SHA-1 over the order's pieces, in the alphabet that may stand in an address."""

import base64
import hmac
from hashlib import sha1


def otomax_sign(member: str, product: str, number: str, reference: str, pin: str, password: str) -> str:
    """The signature of a sale, as the maker publishes it."""
    text = "|".join(("OtomaX", member, product, number, reference, pin, password))
    digest = sha1(text.encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def same_key(told: str, known: str) -> bool:
    """Whether a callback's key is ours; an empty one never is."""
    return bool(known) and hmac.compare_digest(told.encode(), known.encode())
