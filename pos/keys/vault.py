"""The key store of the channel: what may be done with terminals' keys. No method gives a key out in clear."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pos.crypto.mac import MacAlgorithm


class KeyUse(StrEnum):
    """What a key is for; part of what its wrapping is bound to."""

    COMPONENT = "pos_component"
    MASTER = "pos_tmk"
    PROTECTION = "pos_kbpk"
    PIN = "pos_pik"
    MAC = "pos_mak"
    TRACK = "pos_tdk"


@dataclass(frozen=True, slots=True)
class KeyName:
    """Whose key, for what, and which of them in time. The owner is a terminal, or the name of a protection key."""

    owner: str
    use: KeyUse
    version: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A key as it lies in the database: wrapped, and bound to its name."""

    name: KeyName
    blob: bytes


@dataclass(frozen=True, slots=True)
class WorkKey:
    """A new work key: as we keep it, as the terminal gets it (under its master key), and its check value (4 octets)."""

    kept: Kept
    under_master: bytes
    check: bytes


class VaultError(Exception):
    """The store cannot do it: a key that does not open, a token that is away. Nothing about keys in the text."""


class KeyVault(Protocol):
    """May be called from any thread. Every method raises VaultError."""

    def keep(self, name: KeyName, key: bytes) -> Kept:
        """Wrap a key of 8 or 16 octets that came in clear: made of components, or out of a key block."""
        ...

    def check_value(self, kept: Kept) -> bytes:
        """The first 4 octets of a zero block under the key."""
        ...

    def new_work_key(self, name: KeyName, octets: int, master: Kept) -> WorkKey:
        """A key of 8 or 16 octets out of chance, for a terminal with this master key."""
        ...

    def mac(self, kept: Kept, algorithm: MacAlgorithm, octets: bytes) -> bytes:
        """The 8 octets of field 64 over these octets."""
        ...

    def open_pin(self, kept: Kept, block: bytes, account: str) -> str:
        """The digits in an enciphered PIN block. Raises BadPinBlock."""
        ...

    def close(self) -> None:
        """Let go of what is open. Raises nothing."""
        ...
