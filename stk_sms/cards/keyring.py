"""Cards' keys on demand: master keys from the key store, per-card keys derived and kept for a while in memory, never written down."""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from stk_sms.cards.records import KeyVersion
from stk_sms.packet import Algorithm, CardKeys, card_keys

CIPHERING_PURPOSE, CHECKSUM_PURPOSE = "stk_kic", "stk_kid"
_KEPT = 4096


class Sealer(Protocol):
    """The key store's own wrapping: only it has the local master key. `version` is the key version, `name` the key set."""

    def wrap(self, purpose: str, name: str, version: int, secret: bytes) -> bytes:
        """The secret, wrapped for this purpose, name and version and no other."""
        ...

    def unwrap(self, purpose: str, name: str, version: int, wrapped: bytes) -> bytes:
        """The secret again. Raises where it was wrapped for something else, or changed."""
        ...


class Shelf(Protocol):
    """Where wrapped secrets lie: (purpose, name, version) is unique for ever."""

    def put(self, purpose: str, name: str, version: int, wrapped: bytes) -> None:
        """Keep a wrapped secret. Raises when that version is there already."""
        ...

    def get(self, purpose: str, name: str, version: int) -> bytes:
        """A wrapped secret. Raises LookupError."""
        ...


class MasterKeys:
    """The two master keys of each key version, through the key store."""

    def __init__(self, sealer: Sealer, shelf: Shelf) -> None:
        self._sealer, self._shelf = sealer, shelf

    def keep(self, key_set: str, version: int, kic: bytes, kid: bytes) -> None:
        """Keep a new version's keys; a version is never written twice."""
        for purpose, key in ((CIPHERING_PURPOSE, kic), (CHECKSUM_PURPOSE, kid)):
            self._shelf.put(purpose, key_set, version, self._sealer.wrap(purpose, key_set, version, key))

    def open(self, key_set: str, version: int) -> tuple[bytes, bytes]:
        """KIc and KID of a version. Raises LookupError."""
        return self._open(CIPHERING_PURPOSE, key_set, version), self._open(CHECKSUM_PURPOSE, key_set, version)

    def _open(self, purpose: str, key_set: str, version: int) -> bytes:
        return self._sealer.unwrap(purpose, key_set, version, self._shelf.get(purpose, key_set, version))


class Keyring:
    """Derived keys of the cards that sent something lately. Safe for threads."""

    def __init__(self, masters: MasterKeys) -> None:
        self._master: Callable[[str, int], tuple[bytes, bytes]] = lru_cache(maxsize=64)(masters.open)
        self._derived: Callable[[str, int, Algorithm, str], CardKeys] = lru_cache(maxsize=_KEPT)(self._derive)

    def keys_of(self, iccid: str, version: KeyVersion) -> CardKeys:
        """A card's keys under a version of its key set. Raises LookupError where the key store has no such version."""
        return self._derived(version.key_set, version.version, version.algorithm, iccid)

    def _derive(self, key_set: str, version: int, algorithm: Algorithm, iccid: str) -> CardKeys:
        kic, kid = self._master(key_set, version)
        return card_keys(algorithm, kic, kid, iccid, version)
