"""Deposits as they arrive in life: most with a reference, some without, some with a wrong letter, some with two; each with its truth."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simulators.bank.account import Account, Line

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Truth:
    """Whose money a line was meant to be, and whether anybody could tell from the line."""

    reference: str
    kind: str
    point: str
    amount_minor: int
    can_be_told: bool


def reference_of(code: str) -> str:
    """The agent's reference, worked out by hand: ISO 7064 MOD 1271-36 over KC and the code."""
    value = 0
    for letter in f"KC{code}":
        value = (value * 36 + LETTERS.index(letter)) % 1271
    check = (1 - value * 36 * 36) % 1271
    return f"KC{code}{LETTERS[check // 36]}{LETTERS[check % 36]}"


Maker = Callable[[Line, str, Sequence[str], Mapping[str, str], random.Random], bool]


def _reference(line: Line, code: str, _codes: Sequence[str], _virtual: Mapping[str, str], _chance: random.Random) -> bool:
    line.structured = reference_of(code)
    return True


def _in_text(line: Line, code: str, _codes: Sequence[str], _virtual: Mapping[str, str], chance: random.Random) -> bool:
    line.text = chance.choice(("预存 {}", "{}", "转账，{}，谢谢")).format(reference_of(code).lower())
    return True


def _virtual_account(line: Line, code: str, _codes: Sequence[str], virtual: Mapping[str, str], _chance: random.Random) -> bool:
    line.virtual = virtual.get(code, "")
    return bool(line.virtual)


def _nothing(line: Line, _code: str, _codes: Sequence[str], _virtual: Mapping[str, str], _chance: random.Random) -> bool:
    line.text = "转账"
    return False


def _wrong_letter(line: Line, code: str, _codes: Sequence[str], _virtual: Mapping[str, str], chance: random.Random) -> bool:
    good = reference_of(code)
    place = chance.randrange(2, len(good))
    line.text = good[:place] + chance.choice(LETTERS.replace(good[place], "")) + good[place + 1 :]
    return False


def _two(line: Line, code: str, codes: Sequence[str], _virtual: Mapping[str, str], chance: random.Random) -> bool:
    others = [other for other in codes if other != code]
    if not others:
        return _nothing(line, code, codes, {}, chance)
    line.text = f"{reference_of(code)} {reference_of(chance.choice(others))}"
    return False


def _name_only(line: Line, code: str, _codes: Sequence[str], _virtual: Mapping[str, str], _chance: random.Random) -> bool:
    line.text, line.name = f"{code}网点存款", f"{code}网点老板"
    return False


KINDS: Mapping[str, Maker] = {
    "reference": _reference,
    "in_text": _in_text,
    "virtual": _virtual_account,
    "nothing": _nothing,
    "wrong_letter": _wrong_letter,
    "two": _two,
    "name_only": _name_only,
}
_OFTEN = ("reference", "reference", "in_text", "virtual")


def arrive(
    account: Account, codes: Sequence[str], virtual: Mapping[str, str], count: int, chance: random.Random
) -> list[tuple[Line, Truth]]:
    """So many deposits with their truth; every kind comes once where there are enough."""
    kinds = [*KINDS][:count]
    kinds += [chance.choice((*_OFTEN, *KINDS)) for _ in range(count - len(kinds))]
    chance.shuffle(kinds)
    found = []
    for kind in kinds:
        code = chance.choice(codes)
        line = Line(account.next_reference(), chance.randrange(100, 5_000_000), other_account=f"62{chance.randrange(10**15):015d}")
        can_be_told = KINDS[kind](line, code, codes, virtual, chance)
        found.append((line, Truth(line.reference, kind, code, line.amount_minor, can_be_told)))
    return found
