"""Who takes part: parties in their tree, the people who act for them, the endpoints bound to them, and what each may do."""

from dataclasses import dataclass
from enum import StrEnum

from recharge.domain import requests as ask
from recharge.domain.requests import EndpointKind, Operation


class PartyKind(StrEnum):
    """The platform is the root; distributors stand above points in any depth; points sell."""

    PLATFORM = "platform"
    DISTRIBUTOR = "distributor"
    POINT = "point"


class Role(StrEnum):
    """What a person is. An endpoint bound to no person acts for its party as OWNER."""

    OWNER = "owner"
    SALESPERSON = "salesperson"
    ACCOUNT_MANAGER = "account_manager"
    OPERATIONS = "operations"
    FINANCE = "finance"
    CUSTOMER_SERVICE = "customer_service"
    AUDITOR = "auditor"
    SECURITY = "security"
    ADMINISTRATOR = "administrator"
    SETTLEMENT = "settlement"


@dataclass(frozen=True, slots=True)
class Party:
    """A node of the tree. `path` holds the ids from the root to itself: "/1/7/42/"."""

    id: int
    code: str
    name: str
    kind: PartyKind
    parent_id: int | None
    path: str
    tier_id: int | None
    discount_bp: int | None
    margin_bp: int | None
    language: str
    blocked: bool
    deposit_account: int
    commission_account: int

    def is_above(self, other: "Party") -> bool:
        """Whether this party stands anywhere above the other in the tree."""
        return self.id != other.id and other.path.startswith(self.path)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role at a party."""

    id: int
    code: str
    name: str
    party_id: int
    role: Role
    blocked: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The thing a request came through, bound to a party and perhaps to one person. `credential_id` is None while no password is set."""

    id: int
    kind: EndpointKind
    identity: str
    party: Party
    person: Person | None
    credential_id: int | None
    address: str
    language: str
    blocked: bool

    @property
    def stopped(self) -> bool:
        """Blocked itself, or by its party or person."""
        return self.blocked or self.party.blocked or (self.person is not None and self.person.blocked)

    @property
    def role(self) -> Role:
        """The acting person's role; a point's own SIM or line acts as its owner."""
        return self.person.role if self.person else Role.OWNER


_READS: frozenset[type] = frozenset(ask.READ_ONLY)
_SALES: frozenset[type] = _READS | {
    ask.Recharge,
    ask.BillPayment,
    ask.Reverse,
    ask.Complaint,
    ask.ChangePassword,
    ask.Void,
}
_RIGHTS: dict[Role, frozenset[type]] = {
    Role.OWNER: _SALES | {ask.Transfer, ask.ReverseTransfer, ask.CommissionToDeposit},
    Role.SALESPERSON: _SALES,
    Role.ACCOUNT_MANAGER: _READS | {ask.Complaint, ask.ChangePassword, ask.ResetPassword},
    Role.OPERATIONS: _READS | {ask.ProposeAdjudication, ask.DecideCase, ask.ResetPassword, ask.Complaint, ask.ChangePassword},
    Role.FINANCE: _READS | {ask.Deposit, ask.ProposeAdjustment, ask.Booking, ask.ProposeAdjudication, ask.DecideCase, ask.ChangePassword},
    Role.CUSTOMER_SERVICE: _READS | {ask.Complaint, ask.ResetPassword, ask.ChangePassword},
    Role.AUDITOR: _READS | {ask.ChangePassword},
    Role.SECURITY: _READS | {ask.ResetPassword, ask.ChangePassword},
    # An administrator keeps parties and catalogue; he cannot transact.
    Role.ADMINISTRATOR: frozenset({ask.ChangePassword}),
    Role.SETTLEMENT: _READS | {ask.Deposit, ask.Booking},
}
_STAFF = frozenset(
    {
        Role.OPERATIONS,
        Role.FINANCE,
        Role.CUSTOMER_SERVICE,
        Role.AUDITOR,
        Role.SECURITY,
        Role.ADMINISTRATOR,
        Role.SETTLEMENT,
    }
)
_PASSWORD_FREE: frozenset[type] = _READS | {ask.Complaint, ask.Void}
# These endpoints prove themselves with a key on every message; the platform's own settlement process is among them.
_PROVEN_KINDS = frozenset({EndpointKind.PARTNER_KEY})
# A terminal takes its own sale back when it heard no answer: by itself, with its MAC and without anybody to key a password.
_PROVEN_FOR: dict[EndpointKind, frozenset[type]] = {EndpointKind.POS_TERMINAL: frozenset({ask.Reverse})}


def may(role: Role, operation: Operation) -> bool:
    """Whether a role has the right to an operation."""
    return type(operation) in _RIGHTS[role]


def is_staff(role: Role) -> bool:
    """Whether a role is one of the platform's own people, who see every party's orders."""
    return role in _STAFF


def needs_password(endpoint: Endpoint, operation: Operation) -> bool:
    """Whether the operation must carry the service password: everything that moves money or changes a password."""
    if endpoint.kind in _PROVEN_KINDS or endpoint.role is Role.SETTLEMENT:
        return False
    return type(operation) not in _PASSWORD_FREE | _PROVEN_FOR.get(endpoint.kind, frozenset())
