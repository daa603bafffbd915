"""The reference an agent writes on a transfer: KC, its code, two check characters by ISO 7064 MOD 1271-36.

One wrong letter, or two neighbours exchanged, are always noticed.
"""

import re

PREFIX = "KC"
_FOUND = re.compile(r"(?<![A-Z0-9])KC([A-Z0-9]{1,20})([A-Z0-9]{2})(?![A-Z0-9])")
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS = 1271


def make(party_code: str) -> str:
    """The reference of a party. Raises ValueError for a code that cannot stand in one."""
    code = party_code.upper()
    if not re.fullmatch(r"[A-Z0-9]{1,20}", code):
        raise ValueError(f"{party_code[:24]} cannot stand in a reference")
    check = (1 - _remainder(f"{PREFIX}{code}00")) % _MODULUS
    return f"{PREFIX}{code}{_LETTERS[check // 36]}{_LETTERS[check % 36]}"


def holds(reference: str) -> bool:
    """Whether the check characters are right."""
    return _remainder(reference) == 1


def read(*texts: str) -> tuple[set[str], bool]:
    """The party codes that references in these texts name, and whether any reference had wrong check characters.

    Texts are read as people type them: lower case, full-width letters; a reference stands by itself, not inside a longer word.
    """
    good, bad = set(), False
    for text in texts:
        for found in _FOUND.finditer(_plain(text)):
            if holds(found[0]):
                good.add(found[1])
            else:
                bad = True
    return good, bad


def _plain(text: str) -> str:
    narrow = "".join(chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char for char in text)
    return narrow.upper()


def _remainder(text: str) -> int:
    return int(text, 36) % _MODULUS
