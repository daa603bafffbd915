"""The soft backend: keys wrapped by the engine's key store, opened in this process's memory and kept there while they are used."""

import threading
from collections import OrderedDict

from Crypto.Random import get_random_bytes

from pos.crypto.des import Double, check_value
from pos.crypto.mac import ALGORITHMS, MacAlgorithm
from pos.crypto.pin import open_block
from pos.keys.vault import Kept, KeyName, VaultError, WorkKey
from recharge import CannotUnwrap, KeyStore

_OPEN_KEYS = 40_000


class SoftVault:
    """Keys open on demand; those used lately stay open."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys, self._lock = keys, threading.Lock()
        self._open: OrderedDict[Kept, Double] = OrderedDict()

    def keep(self, name: KeyName, key: bytes) -> Kept:
        """Wrapped under the local master key, bound to its name."""
        if len(key) not in (8, 16):
            raise VaultError("a key has 8 or 16 octets")
        return Kept(name, self._keys.wrap(name.use.value, name.owner, name.version, key))

    def check_value(self, kept: Kept) -> bytes:
        """Of the key itself."""
        return self._key(kept).encrypt(bytes(8))[:4]

    def new_work_key(self, name: KeyName, octets: int, master: Kept) -> WorkKey:
        """Out of the system's source of chance."""
        key = get_random_bytes(octets)
        return WorkKey(self.keep(name, key), self._key(master).encrypt(key), check_value(key))

    def mac(self, kept: Kept, algorithm: MacAlgorithm, octets: bytes) -> bytes:
        """In memory."""
        return ALGORITHMS[algorithm](self._key(kept), octets)

    def open_pin(self, kept: Kept, block: bytes, account: str) -> str:
        """In memory."""
        return open_block(self._key(kept).decrypt(block), account)

    def close(self) -> None:
        """Forget the keys that are open."""
        with self._lock:
            self._open.clear()

    def clear(self, kept: Kept) -> bytes:
        """The key itself: a component on its way into a key, a protection key while a block is opened. Nothing else has use for it."""
        try:
            return self._keys.unwrap(kept.name.use.value, kept.name.owner, kept.name.version, kept.blob)
        except CannotUnwrap as error:
            raise VaultError(str(error)) from error

    def _key(self, kept: Kept) -> Double:
        with self._lock:
            found = self._open.get(kept)
            if found is not None:
                self._open.move_to_end(kept)
                return found
        clear = self.clear(kept)
        if len(clear) not in (8, 16):
            raise VaultError("a key of another store")
        key = Double(clear)
        with self._lock:
            self._open[kept] = key
            if len(self._open) > _OPEN_KEYS:
                self._open.popitem(last=False)
        return key
