"""DES and EDE of two keys, put together from single DES: a library's own triple DES refuses keys whose halves are equal."""

from Crypto.Cipher import DES

BLOCK = 8
_ZEROS = bytes(BLOCK)


class Single:
    """One DES key (8 octets; parity is not looked at), block by block."""

    def __init__(self, key: bytes) -> None:
        self._cipher = DES.new(key, DES.MODE_ECB)  # noqa: S304  the field's dialect is DES
        self._key = key

    def encrypt(self, octets: bytes) -> bytes:
        """Whole blocks, each by itself."""
        return self._cipher.encrypt(octets)

    def decrypt(self, octets: bytes) -> bytes:
        """Whole blocks, each by itself."""
        return self._cipher.decrypt(octets)

    def chained(self, octets: bytes) -> bytes:
        """The last block of CBC from a zero vector."""
        if not octets:
            return _ZEROS
        cipher = DES.new(self._key, DES.MODE_CBC, iv=_ZEROS)  # noqa: S304  the field's dialect is DES
        return cipher.encrypt(octets)[-BLOCK:]


class Double:
    """A key of 16 octets, used as EDE; one of 8 is DES itself."""

    def __init__(self, key: bytes) -> None:
        self.first = Single(key[:BLOCK])
        self.second = Single(key[BLOCK:] or key)

    def encrypt(self, octets: bytes) -> bytes:
        """Whole blocks, each by itself."""
        return self.first.encrypt(self.second.decrypt(self.first.encrypt(octets)))

    def decrypt(self, octets: bytes) -> bytes:
        """Whole blocks, each by itself."""
        return self.first.decrypt(self.second.encrypt(self.first.decrypt(octets)))


def check_value(key: bytes) -> bytes:
    """The first 4 octets of a zero block under the key."""
    return Double(key).encrypt(_ZEROS)[:4]


def xored(first: bytes, second: bytes) -> bytes:
    """Two pieces of the same length, bit by bit."""
    return bytes(one ^ other for one, other in zip(first, second, strict=True))


def padded(octets: bytes) -> bytes:
    """Zeros up to a whole block (ISO 9797-1 padding 1)."""
    return octets + bytes(-len(octets) % BLOCK)
