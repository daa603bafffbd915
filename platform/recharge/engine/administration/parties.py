"""The tree of parties: registered with their accounts, renamed, priced, blocked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from recharge.books.changes import PARTY
from recharge.books.tables.ledger import account
from recharge.books.tables.parties import party
from recharge.domain.parties import PartyKind
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.accounts import COMMISSION_FLOOR_MINOR, open_account, open_house_accounts
from recharge.engine.administration.errors import AdministrationCode, AdministrationError, bad
from recharge.engine.administration.office import Change, Desk, Duty, duty
from recharge.texts.catalogue import LANGUAGES

_LONGEST_PATH = int(getattr(party.c.path.type, "length", 200))


class Parties(Desk):
    """Changes of parties. Codes are upper case; shares are basis points of the face value."""

    @duty(Duty.PARTIES)
    def register(
        self,
        change: Change,
        code: str,
        name: str,
        kind: PartyKind,
        parent: str | None = None,
        tier: str | None = None,
        language: str = "zh_CN",
    ) -> int:
        """A new party under its parent, with its deposit and commission accounts in the same transaction; its id.

        The platform is the one party without a parent; the house accounts are opened with it.
        """
        code = checks.code("code", code)
        above = None if parent is None else lookups.row_of(change.connection, "party", parent)
        _check_place(change, code, kind, above)
        party_id = change.ids.next()
        row = {
            "id": party_id,
            "code": code,
            "name": checks.name(name),
            "kind": kind.value,
            "parent_id": None if above is None else above.id,
            "path": _path(code, above, party_id),
            "tier_id": lookups.id_or_none(change.connection, "tier", tier),
            "language": checked_language(language),
            "blocked": False,
            "created_at": change.now,
        }
        change.insert(party, "party", code, **row)
        _open_accounts(change, kind, party_id)
        change.note("party_registered", f"party:{code}", name=name, kind=kind.value, parent=parent, tier=tier)
        change.stale(PARTY, party_id)
        return party_id

    @duty(Duty.PARTIES)
    def rename(self, change: Change, code: str, name: str) -> None:
        """Another name for people; the code stays."""
        _update(change, code, "party_renamed", name=checks.name(name))

    @duty(Duty.PARTIES)
    def set_tier(self, change: Change, code: str, tier: str | None) -> None:
        """Another price list and other limits from now on; orders already taken in keep their price."""
        _update(change, code, "party_tier", tier_id=lookups.id_or_none(change.connection, "tier", tier))

    @duty(Duty.PARTIES)
    def set_shares(self, change: Change, code: str, discount_bp: int | None = None, margin_bp: int | None = None) -> None:
        """A discount and a margin of its own that beat the tier's; None where the tier's holds."""
        own = {
            "discount_bp": checks.share_or_none("discount_bp", discount_bp),
            "margin_bp": checks.share_or_none("margin_bp", margin_bp),
        }
        _update(change, code, "party_shares", **own)

    @duty(Duty.PARTIES)
    def set_language(self, change: Change, code: str, language: str) -> None:
        """The language the party is spoken to in, where an endpoint has none of its own."""
        _update(change, code, "party_language", language=checked_language(language))

    @duty(Duty.BLOCKING)
    def block(self, change: Change, code: str) -> None:
        """Refuse the party in every channel from the next request on. Orders already taken in go to their end."""
        _update(change, code, "party_blocked", blocked=True)

    @duty(Duty.BLOCKING)
    def unblock(self, change: Change, code: str) -> None:
        """Let the party act again."""
        _update(change, code, "party_unblocked", blocked=False)

    def all(self) -> Sequence[Row[Any]]:
        """Every party with `balance_minor` of its deposit, in the order of the tree."""
        joined = party.join(account, (account.c.owner_id == party.c.id) & (account.c.kind == "deposit"))
        query = select(party, account.c.balance_minor).select_from(joined).order_by(party.c.path)
        with self.office.database.read() as connection:
            return connection.execute(query).all()


def _check_place(change: Change, code: str, kind: PartyKind, above: Row[Any] | None) -> None:
    """One platform at the root; everything else somewhere below it."""
    if (kind is PartyKind.PLATFORM) != (above is None):
        raise AdministrationError(AdministrationCode.BAD_PARENT, name=code)
    root = change.connection.scalar(select(party.c.code).where(party.c.parent_id.is_(None)))
    if kind is PartyKind.PLATFORM and root is not None:
        raise AdministrationError(AdministrationCode.TAKEN, object="party", name=root)
    if kind is PartyKind.DISTRIBUTOR and above is not None and above.kind == PartyKind.POINT:
        raise AdministrationError(AdministrationCode.BAD_PARENT, name=code)


def _path(code: str, above: Row[Any] | None, party_id: int) -> str:
    path = f"{'/' if above is None else above.path}{party_id}/"
    if len(path) > _LONGEST_PATH:
        raise AdministrationError(AdministrationCode.TOO_DEEP, name=code)
    return path


def _open_accounts(change: Change, kind: PartyKind, party_id: int) -> None:
    open_account(change, "deposit", party_id, balance_minor=0)
    open_account(change, "commission", party_id, balance_minor=0, floor_minor=COMMISSION_FLOOR_MINOR)
    if kind is PartyKind.PLATFORM:
        open_house_accounts(change)


def _update(change: Change, code: str, action: str, **values: Any) -> None:
    found = lookups.row_of(change.connection, "party", code)
    change.connection.execute(party.update().where(party.c.id == found.id).values(**values))
    change.note(action, f"party:{found.code}", before={key: found._mapping[key] for key in values}, after=values)
    change.stale(PARTY, found.id)


def checked_language(language: str) -> str:
    """One of the languages the product speaks."""
    if language not in LANGUAGES:
        raise bad("language", language)
    return language
