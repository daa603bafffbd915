"""Customers' numbers: from what a person typed to national digits, and from those to carrier and province."""

from collections.abc import Mapping
from dataclasses import dataclass

from recharge.domain.errors import Refusal, RefusalCode

_DIGITS = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("＋"): ord("+")}
_SEPARATORS = str.maketrans("", "", " -().\t　")


@dataclass(frozen=True, slots=True)
class NumberingPlan:
    """How numbers of the deployment's country look: its country code, the prefix dialled nationally, and allowed lengths without it."""

    country_code: str = "86"
    trunk_prefix: str = ""
    lengths: frozenset[int] = frozenset({11})

    def national(self, typed: str) -> str:
        """National digits of what was typed (spaces, dashes, +86, 0086 and full-width digits are understood).

        Raises Refusal(BAD_NUMBER). A plan with a trunk prefix keeps numbers with it, as people write them there (0813...).
        """
        plain = typed.translate(_DIGITS).translate(_SEPARATORS)
        for international in ("+" + self.country_code, "00" + self.country_code):
            if plain.startswith(international):
                return self._checked(self.trunk_prefix + plain[len(international) :], typed)
        national = len(plain) in self.lengths and plain.startswith(self.trunk_prefix)
        if not national and plain.startswith(self.country_code):
            return self._checked(self.trunk_prefix + plain[len(self.country_code) :], typed)
        return self._checked(plain, typed)

    def _checked(self, plain: str, typed: str) -> str:
        good = plain.isascii() and plain.isdigit() and len(plain) in self.lengths and plain.startswith(self.trunk_prefix)
        if not good:
            raise Refusal(RefusalCode.BAD_NUMBER, {"number": typed[:20]})
        return plain


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Carrier and province of a range of numbers; province "" where the table does not say."""

    carrier_id: int
    province: str


LONGEST_PREFIX = 9


def range_of(number: str, ranges: Mapping[str, NumberRange]) -> NumberRange | None:
    """The range with the longest prefix of the number, or None."""
    for length in range(LONGEST_PREFIX, 1, -1):
        found = ranges.get(number[:length])
        if found is not None:
            return found
    return None


def masked(number: str) -> str:
    """A number as logs and raw answers may show it: 138****8000."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 8 else "****"
