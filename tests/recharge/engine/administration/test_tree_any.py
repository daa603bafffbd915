"""Any run of changes to the tree: the database, a cache that lives through all of it, and a small model agree after each."""

from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.ids import IdMaker
from recharge.books.tables import metadata
from recharge.books.tables.ledger import account
from recharge.books.tables.parties import audit
from recharge.domain.parties import PartyKind
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL, Administration, AdministrationError
from recharge.keys.store import KeyStore
from tests.recharge.engine.administration.conftest import SetClock

CODES = ["HQ", "D1", "D2", "P1", "P2", "P3"]
KINDS = {"H": PartyKind.PLATFORM, "D": PartyKind.DISTRIBUTOR, "P": PartyKind.POINT}
WEB = EndpointKind.WEB_LOGIN
CODE = st.sampled_from(CODES)


@dataclass(frozen=True)
class Known:
    """A party as the model sees it."""

    parent: str | None
    name: str
    blocked: bool = False
    discount_bp: int | None = None


class Tree(RuleBasedStateMachine):
    """Registers, renames, blocks and prices parties in any order, also ones that cannot be."""

    def __init__(self) -> None:
        super().__init__()
        self.parties: dict[str, Known] = {}
        self.logins: dict[str, str] = {}
        self.changes = 0

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.database = Database(f"sqlite:///{self.folder.name}/tree.sqlite3")
        metadata.create_all(self.database.engine)
        clock = SetClock()
        self.desks = Administration(self.database, IdMaker(1, clock), clock, KeyStore(bytes(range(32))))
        self.directory = Directory()

    def done(self, possible: bool, change: object, *arguments: object) -> bool:
        """Make a change and hold it against what the model says of it."""
        assert callable(change)
        try:
            change(SHELL, *arguments)
        except AdministrationError:
            assert not possible
            return False
        assert possible
        self.changes += 1
        return True

    @rule(code=CODE, parent=st.one_of(st.none(), CODE))
    def register(self, code: str, parent: str | None) -> None:
        kind = KINDS[code[0]]
        fits = code not in self.parties and (parent in self.parties if parent else True)
        fits = fits and (kind is PartyKind.PLATFORM) == (parent is None)
        fits = fits and not (kind is PartyKind.DISTRIBUTOR and parent is not None and parent[0] == "P")
        if self.done(fits, self.desks.parties.register, code, f"店 {code}", kind, parent):
            self.parties[code] = Known(parent, f"店 {code}")

    @rule(code=CODE, number=st.integers(0, 9))
    def rename(self, code: str, number: int) -> None:
        if self.done(code in self.parties, self.desks.parties.rename, code, f"新店 {number}"):
            self.parties[code] = replace(self.parties[code], name=f"新店 {number}")

    @rule(code=CODE, blocked=st.booleans())
    def block(self, code: str, blocked: bool) -> None:
        change = self.desks.parties.block if blocked else self.desks.parties.unblock
        if self.done(code in self.parties, change, code):
            self.parties[code] = replace(self.parties[code], blocked=blocked)

    @rule(code=CODE, share=st.one_of(st.none(), st.integers(-1, 10_001)))
    def price(self, code: str, share: int | None) -> None:
        fits = code in self.parties and (share is None or 0 <= share <= 10_000)
        if self.done(fits, self.desks.parties.set_shares, code, share):
            self.parties[code] = replace(self.parties[code], discount_bp=share)

    @rule(name=st.sampled_from(["shop", "till"]), code=CODE)
    def bind(self, name: str, code: str) -> None:
        fits = code in self.parties and name not in self.logins
        if self.done(fits, self.desks.endpoints.bind, WEB, name, code):
            self.logins[name] = code

    @rule(name=st.sampled_from(["shop", "till"]), code=CODE)
    def rebind(self, name: str, code: str) -> None:
        fits = code in self.parties and name in self.logins
        if self.done(fits, self.desks.endpoints.rebind, WEB, name, code):
            self.logins[name] = code

    def chain(self, code: str) -> list[str]:
        """The party and all above it, root first."""
        parent = self.parties[code].parent
        return [*(self.chain(parent) if parent else []), code]

    @invariant()
    def the_cache_sees_what_the_model_sees(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as connection:
            self.directory.refresh(self.database, connection)
            found = {code: self.directory.party_by_code(connection, code) for code in CODES}
            self.directory.load_endpoints(connection, [(WEB, name) for name in self.logins])
        ids = {party.id: code for code, party in found.items() if party is not None}
        assert set(ids.values()) == set(self.parties)
        for code, known in self.parties.items():
            party = found[code]
            assert party is not None
            assert (party.name, party.blocked, party.discount_bp) == (known.name, known.blocked, known.discount_bp)
            assert [ids[int(part)] for part in party.path.strip("/").split("/")] == self.chain(code)
        for name, code in self.logins.items():
            bound = self.directory.endpoint((WEB, name))
            assert bound is not None
            assert (bound.party.code, bound.stopped) == (code, self.parties[code].blocked)

    @invariant()
    def accounts_and_audit_count_up(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as connection:
            accounts = connection.scalar(select(func.count()).select_from(account).where(account.c.owner_id != 0))
            lines = connection.scalar(select(func.count()).select_from(audit))
        assert accounts == 2 * len(self.parties)
        assert lines == self.changes

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()


TestTree = Tree.TestCase
TestTree.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
