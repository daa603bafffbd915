"""The PKCS#11 backend: keys are wrapped and used inside a token, under a master key that never leaves it.

Needs the package python-pkcs11. A key lies in the database as the token wrapped it (AES key wrap, RFC 3394), wrapped once more by the
engine's key store, which binds it to its name. X9.19 works with the first half of a key by itself; a token has no single DES any more, so
that half lies beside the key as K1 K1 K1.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from pos.crypto.des import BLOCK, padded, xored
from pos.crypto.mac import MacAlgorithm
from pos.crypto.pin import open_block
from pos.keys.vault import Kept, KeyName, VaultError, WorkKey
from recharge import CannotUnwrap, KeyStore

MASTER_BITS = 256
_OPEN_KEYS = 20_000
_WRAPPED = 32
_USED = {Attribute.ENCRYPT: True, Attribute.DECRYPT: True, Attribute.TOKEN: False, Attribute.SENSITIVE: True}
_MASTER = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.WRAP: True, Attribute.UNWRAP: True}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """The vendor's library, the token's label and PIN, and the label of the master key in it."""

    module: str
    token: str
    pin: str
    label: str = "kongchong-lmk"

    def __repr__(self) -> str:
        return f"TokenSettings({self.module!r}, {self.token!r}, ***)"


def make_master(settings: TokenSettings) -> None:
    """Make the master key in the token, once. Raises VaultError where it is there already."""
    with _opened(settings) as session:
        if list(session.get_objects({Attribute.LABEL: settings.label, Attribute.CLASS: ObjectClass.SECRET_KEY})):
            raise VaultError("the token has this key already")
        _told(lambda: session.generate_key(KeyType.AES, MASTER_BITS, label=settings.label, store=True, template=_MASTER))


class TokenVault:
    """Keys open in the token on demand. One session, used by one thread at a time."""

    def __init__(self, settings: TokenSettings, keys: KeyStore) -> None:
        self._keys, self._lock = keys, threading.RLock()
        self._session = _opened(settings)
        try:
            self._master = _told(lambda: self._session.get_key(label=settings.label, object_class=ObjectClass.SECRET_KEY))
        except VaultError:
            self._session.close()
            raise
        self._open: OrderedDict[Kept, tuple[Any, Any]] = OrderedDict()

    def keep(self, name: KeyName, key: bytes) -> Kept:
        """Wrapped by the token: the key, and its first half by itself."""
        if len(key) not in (BLOCK, 2 * BLOCK):
            raise VaultError("a key has 8 or 16 octets")
        whole, half = key[:BLOCK] + (key[BLOCK:] or key) + key[:BLOCK], key[:BLOCK] * 3
        with self._lock:
            blob = b"".join(_told(partial(self._wrapped, each)) for each in (whole, half))
        return Kept(name, self._keys.wrap(name.use.value, name.owner, name.version, blob))

    def check_value(self, kept: Kept) -> bytes:
        """In the token."""
        return self._encrypt(self._objects(kept)[0], bytes(BLOCK))[:4]

    def new_work_key(self, name: KeyName, octets: int, master: Kept) -> WorkKey:
        """Out of the token's source of chance."""
        with self._lock:
            key = _told(lambda: self._session.generate_random(8 * octets))
            kept = self.keep(name, key)
            under = self._encrypt(self._objects(master)[0], key)
        return WorkKey(kept, under, self.check_value(kept))

    def mac(self, kept: Kept, algorithm: MacAlgorithm, octets: bytes) -> bytes:
        """In the token, which has the ciphers and not these MACs."""
        whole, half = self._objects(kept)
        blocks = padded(octets)
        if algorithm is MacAlgorithm.UNIONPAY:
            return self._unionpay(whole, blocks)
        if algorithm is MacAlgorithm.X9_9:
            return self._chained(half, blocks)
        before = self._chained(half, blocks[:-BLOCK]) if len(blocks) > BLOCK else bytes(BLOCK)
        return self._encrypt(whole, xored(before, blocks[-BLOCK:]))

    def open_pin(self, kept: Kept, block: bytes, account: str) -> str:
        """Deciphered in the token."""
        key = self._objects(kept)[0]
        with self._lock:
            clear = _told(lambda: key.decrypt(block, mechanism=Mechanism.DES3_ECB))
        return open_block(clear, account)

    def close(self) -> None:
        """Let go of the token; what was open in it is gone."""
        with self._lock:
            self._session.close()

    def _unionpay(self, key: Any, blocks: bytes) -> bytes:
        folded = bytes(BLOCK)
        for begin in range(0, len(blocks), BLOCK):
            folded = xored(folded, blocks[begin : begin + BLOCK])
        text = folded.hex().upper().encode("ascii")
        half = xored(self._encrypt(key, text[:BLOCK]), text[BLOCK:])
        return self._encrypt(key, half).hex().upper()[:BLOCK].encode("ascii")

    def _encrypt(self, key: Any, octets: bytes) -> bytes:
        with self._lock:
            return bytes(_told(lambda: key.encrypt(octets, mechanism=Mechanism.DES3_ECB)))

    def _chained(self, key: Any, octets: bytes) -> bytes:
        with self._lock:
            return bytes(_told(lambda: key.encrypt(octets, mechanism=Mechanism.DES3_CBC, mechanism_param=bytes(BLOCK))))[-BLOCK:]

    def _wrapped(self, key: bytes) -> bytes:
        template = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.DES3, Attribute.VALUE: key}
        made = self._session.create_object(template | _USED | {Attribute.EXTRACTABLE: True})
        try:
            return bytes(self._master.wrap_key(made, mechanism=Mechanism.AES_KEY_WRAP))
        finally:
            made.destroy()

    def _objects(self, kept: Kept) -> tuple[Any, Any]:
        with self._lock:
            found = self._open.get(kept)
            if found is None:
                found = self._open[kept] = self._unwrapped(kept)
                if len(self._open) > _OPEN_KEYS:
                    for each in self._open.popitem(last=False)[1]:
                        each.destroy()
            else:
                self._open.move_to_end(kept)
            return found

    def _unwrapped(self, kept: Kept) -> tuple[Any, Any]:
        try:
            blob = self._keys.unwrap(kept.name.use.value, kept.name.owner, kept.name.version, kept.blob)
        except CannotUnwrap as error:
            raise VaultError(str(error)) from error
        pieces = (blob[:_WRAPPED], blob[_WRAPPED:])
        whole, half = (_told(partial(self._into_token, piece)) for piece in pieces)
        return whole, half

    def _into_token(self, piece: bytes) -> Any:
        template = _USED | {Attribute.EXTRACTABLE: False}
        how = {"mechanism": Mechanism.AES_KEY_WRAP, "store": False, "template": template}
        return self._master.unwrap_key(ObjectClass.SECRET_KEY, KeyType.DES3, piece, **how)


def _opened(settings: TokenSettings) -> Any:
    token = _told(lambda: pkcs11.lib(settings.module).get_token(token_label=settings.token))
    return _told(partial(_session, token, settings.pin))


def _session(token: Any, pin: str) -> Any:
    try:
        return token.open(rw=True, user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:
        # A process logs in once for all its sessions.
        return token.open(rw=True)


def _told(work: Callable[[], T]) -> T:
    """What the token gives, or why not, without a word of what it was given."""
    try:
        return work()
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        raise VaultError(f"the token refused: {type(error).__name__}") from None
