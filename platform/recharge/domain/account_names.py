"""Names of our own accounts as finance writes them: bank, bank:CODE, adjustment, revenue, stock:LINK, deposit:PARTY, commission:PARTY."""

from dataclasses import dataclass

_HOUSE = frozenset({"bank", "adjustment", "revenue"})
_OWNED = frozenset({"bank", "stock", "deposit", "commission"})
LONGEST = 40


@dataclass(frozen=True, slots=True)
class AccountName:
    """The kind of an account and the code of the party, link or bank account that owns it ("" for the platform's own)."""

    kind: str
    owner: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.owner}" if self.owner else self.kind


def read_account(text: str) -> AccountName:
    """The account a name means. Raises ValueError: the hold account is nobody's to book on."""
    kind, colon, owner = text.partition(":")
    if len(text) <= LONGEST and ((kind in _HOUSE and not colon) or (kind in _OWNED and owner.strip() == owner != "")):
        return AccountName(kind, owner)
    raise ValueError(f"no account is called {text[:LONGEST]}")
