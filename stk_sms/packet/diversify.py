"""Each card's own keys, from the master keys of its key set and its ICCID: nothing per card is ever stored."""

from dataclasses import dataclass

from Crypto.Cipher import DES3

from stk_sms.packet.crypto import cmac
from stk_sms.packet.level import Algorithm

_CIPHERING, _CHECKSUM = b"KIc", b"KID"
_DIVERSIFIED = b"\x01"
ICCID_LENGTHS = (19, 20)


@dataclass(frozen=True, slots=True)
class CardKeys:
    """A card's ciphering key and checksum key of one key version."""

    kic: bytes
    kid: bytes

    def __repr__(self) -> str:
        return "CardKeys(***)"


def check_iccid(iccid: str) -> str:
    """An ICCID as printed (ITU-T E.118: 19 or 20 digits, 89 first), or ValueError. Some issuers set no check digit: it is not looked at."""
    if not (iccid.isascii() and iccid.isdigit() and len(iccid) in ICCID_LENGTHS and iccid.startswith("89")):
        raise ValueError(f"not an ICCID: {iccid!r}")
    return iccid


def card_keys(algorithm: Algorithm, master_kic: bytes, master_kid: bytes, iccid: str, key_version: int) -> CardKeys:
    """The keys of one card. Raises ValueError for an ICCID or a master key that cannot be used."""
    check_iccid(iccid)
    if algorithm is Algorithm.AES:
        kic = _aes(master_kic, iccid, key_version, _CIPHERING)
        return CardKeys(kic, _aes(master_kid, iccid, key_version, _CHECKSUM))
    parts = 2 if algorithm is Algorithm.TRIPLE_DES_2 else 3
    return CardKeys(_triple_des(master_kic, iccid, parts), _triple_des(master_kid, iccid, parts))


def check_master_key(algorithm: Algorithm, key: bytes) -> None:
    """ValueError for a master key of the wrong length, or a triple DES key that is single DES in disguise."""
    lengths = (16, 24, 32) if algorithm is Algorithm.AES else (16, 24)
    if len(key) not in lengths:
        raise ValueError(f"a master key for {algorithm.value} has {' or '.join(map(str, lengths))} octets")
    if algorithm is not Algorithm.AES:
        DES3.adjust_key_parity(key)


def _aes(master: bytes, iccid: str, key_version: int, role: bytes) -> bytes:
    """AES-CMAC over 01, ICCID, key version and role: the shape of NXP AN10922, clause 2.2, with our own input."""
    packed = bytes.fromhex(iccid.ljust(20, "F"))
    return cmac(master, _DIVERSIFIED + packed + bytes((key_version,)) + role)


def _triple_des(master: bytes, iccid: str, parts: int) -> bytes:
    """分散: the factor F is the last 16 digits of the ICCID; F, its complement and, for three keys, F again with its halves exchanged.

    For two keys this is EMV Book 2 A1.4.1 option A (PBOC 2.0 part 7). The third part is our own: the standard knows two.
    """
    factor = bytes.fromhex(iccid[-16:])
    inverse = bytes(octet ^ 0xFF for octet in factor)
    exchanged = factor[4:] + factor[:4]
    cipher = DES3.new(DES3.adjust_key_parity(master), DES3.MODE_ECB)
    return bytes(DES3.adjust_key_parity(b"".join(cipher.encrypt(block) for block in (factor, inverse, exchanged)[:parts])))
