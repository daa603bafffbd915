"""Parties, people and endpoints for the domain's tests: no database, every field with a plain value."""

from recharge.domain.parties import Endpoint, Party, PartyKind, Person, Role
from recharge.domain.requests import EndpointKind


def party(number: int = 7, path: str = "/1/7/", kind: PartyKind = PartyKind.POINT, **other: object) -> Party:
    """A party; `other` replaces any of its fields."""
    fields: dict[str, object] = {
        "id": number, "code": f"P{number}", "name": "某店", "kind": kind, "parent_id": 1, "path": path, "tier_id": 3,
        "discount_bp": None, "margin_bp": None, "language": "zh_CN", "blocked": False, "deposit_account": number * 10,
        "commission_account": number * 10 + 1,
    }  # fmt: skip
    return Party(**fields | other)  # type: ignore[arg-type]


def person(role: Role = Role.SALESPERSON, *, blocked: bool = False) -> Person:
    """Somebody with a role."""
    return Person(5, "S1", "某人", 7, role, blocked)


def endpoint(kind: EndpointKind = EndpointKind.WEB_LOGIN, who: Person | None = None, **other: object) -> Endpoint:
    """What a request came through."""
    fields: dict[str, object] = {
        "id": 9, "kind": kind, "identity": "shop-a", "party": party(), "person": who, "credential_id": 4, "address": "",
        "language": "zh_CN", "blocked": False,
    }  # fmt: skip
    return Endpoint(**fields | other)  # type: ignore[arg-type]
