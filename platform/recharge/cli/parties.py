"""Commands for parties, people, endpoints and their passwords."""

import click

from recharge.cli.console import Console
from recharge.domain.money import format_amount
from recharge.domain.parties import PartyKind, Role
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL
from recharge.engine.administration.password_book import new_login, new_service
from recharge.texts import LANGUAGES
from recharge.texts.console import DONE, NEW_PASSWORD

_PARTY_KINDS = click.Choice([kind.value for kind in PartyKind])
_ROLES = click.Choice([role.value for role in Role])
_KINDS = click.Choice([kind.value for kind in EndpointKind])


@click.group()
def party() -> None:
    """Parties: the platform, distributors, points."""


@party.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=_PARTY_KINDS, default=PartyKind.POINT.value, show_default=True)
@click.option("--parent", help="Code of the party above; none for the platform itself.")
@click.option("--tier", help="Code of its price list.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh_CN", show_default=True)
@click.pass_obj
def party_add(console: Console, code: str, name: str, kind: str, parent: str | None, tier: str | None, language: str) -> None:
    """Register a party with its accounts."""
    with console.administration() as desks:
        desks.parties.register(SHELL, code, name, PartyKind(kind), parent, tier, language)
    console.say(DONE)


@party.command("list")
@click.pass_obj
def party_list(console: Console) -> None:
    """The whole tree with balances."""
    digits = console.settings().minor_digits
    with console.administration() as desks:
        rows = desks.parties.all()
    lines = (
        (row.code, row.kind, row.name, format_amount(row.balance_minor, digits), "blocked" if row.blocked else "", row.path.count("/") - 2)
        for row in rows
    )
    console.table(("code", "kind", "name", "deposit", "blocked", "depth"), lines)


@party.command("rename")
@click.argument("code")
@click.argument("name")
@click.pass_obj
def party_rename(console: Console, code: str, name: str) -> None:
    """Give a party another name."""
    with console.administration() as desks:
        desks.parties.rename(SHELL, code, name)
    console.say(DONE)


@party.command("tier")
@click.argument("code")
@click.argument("tier", required=False)
@click.pass_obj
def party_tier(console: Console, code: str, tier: str | None) -> None:
    """Give a party another price list, or none."""
    with console.administration() as desks:
        desks.parties.set_tier(SHELL, code, tier)
    console.say(DONE)


@party.command("shares")
@click.argument("code")
@click.option("--discount", type=int, help="Own discount in basis points; left out: the tier's.")
@click.option("--margin", type=int, help="Own margin in basis points; left out: the tier's.")
@click.pass_obj
def party_shares(console: Console, code: str, discount: int | None, margin: int | None) -> None:
    """Give a party a discount and a margin of its own, or take them away."""
    with console.administration() as desks:
        desks.parties.set_shares(SHELL, code, discount, margin)
    console.say(DONE)


@party.command("block")
@click.argument("code")
@click.pass_obj
def party_block(console: Console, code: str) -> None:
    """Refuse a party in every channel at once."""
    with console.administration() as desks:
        desks.parties.block(SHELL, code)
    console.say(DONE)


@party.command("unblock")
@click.argument("code")
@click.pass_obj
def party_unblock(console: Console, code: str) -> None:
    """Let a party act again."""
    with console.administration() as desks:
        desks.parties.unblock(SHELL, code)
    console.say(DONE)


@click.group()
def person() -> None:
    """People who act for a party, and the platform's staff."""


@person.command("add")
@click.argument("code")
@click.argument("name")
@click.argument("party_code")
@click.option("--role", type=_ROLES, required=True)
@click.pass_obj
def person_add(console: Console, code: str, name: str, party_code: str, role: str) -> None:
    """Register a person at a party."""
    with console.administration() as desks:
        desks.people.register(SHELL, code, name, party_code, Role(role))
    console.say(DONE)


@person.command("list")
@click.pass_obj
def person_list(console: Console) -> None:
    """Everybody."""
    with console.administration() as desks:
        rows = desks.people.all()
    heads = ("code", "role", "party", "name", "blocked")
    console.table(heads, ((row.code, row.role, row.party_code, row.name, "blocked" if row.blocked else "") for row in rows))


@person.command("role")
@click.argument("code")
@click.argument("role", type=_ROLES)
@click.pass_obj
def person_role(console: Console, code: str, role: str) -> None:
    """Give a person another role."""
    with console.administration() as desks:
        desks.people.set_role(SHELL, code, Role(role))
    console.say(DONE)


@person.command("block")
@click.argument("code")
@click.pass_obj
def person_block(console: Console, code: str) -> None:
    """Refuse a person in every channel at once."""
    with console.administration() as desks:
        desks.people.block(SHELL, code)
    console.say(DONE)


@person.command("unblock")
@click.argument("code")
@click.pass_obj
def person_unblock(console: Console, code: str) -> None:
    """Let a person act again."""
    with console.administration() as desks:
        desks.people.unblock(SHELL, code)
    console.say(DONE)


@click.group()
def endpoint() -> None:
    """Endpoints: SIMs, lines, terminals, logins, keys."""


@endpoint.command("add")
@click.argument("kind", type=_KINDS)
@click.argument("identity")
@click.argument("party_code")
@click.option("--person", "person_code", help="Code of the person who holds it.")
@click.option("--address", default="", help="Number to which messages go.")
@click.option("--language", type=click.Choice(LANGUAGES))
@click.pass_obj
def endpoint_add(
    console: Console, kind: str, identity: str, party_code: str, person_code: str | None, address: str, language: str | None
) -> None:
    """Bind an endpoint to a party."""
    with console.administration() as desks:
        desks.endpoints.bind(SHELL, EndpointKind(kind), identity, party_code, person_code, address, language)
    console.say(DONE)


@endpoint.command("rebind")
@click.argument("kind", type=_KINDS)
@click.argument("identity")
@click.argument("party_code")
@click.option("--person", "person_code")
@click.pass_obj
def endpoint_rebind(console: Console, kind: str, identity: str, party_code: str, person_code: str | None) -> None:
    """Put an endpoint in other hands."""
    with console.administration() as desks:
        desks.endpoints.rebind(SHELL, EndpointKind(kind), identity, party_code, person_code)
    console.say(DONE)


@endpoint.command("list")
@click.pass_obj
def endpoint_list(console: Console) -> None:
    """Every endpoint."""
    with console.administration() as desks:
        rows = desks.endpoints.all()
    heads = ("kind", "identity", "party", "person", "blocked")
    lines = ((row.kind, row.identity, row.party_code, row.person_code, "blocked" if row.blocked else "") for row in rows)
    console.table(heads, lines)


@endpoint.command("block")
@click.argument("kind", type=_KINDS)
@click.argument("identity")
@click.pass_obj
def endpoint_block(console: Console, kind: str, identity: str) -> None:
    """Refuse an endpoint at once."""
    with console.administration() as desks:
        desks.endpoints.block(SHELL, EndpointKind(kind), identity)
    console.say(DONE)


@endpoint.command("unblock")
@click.argument("kind", type=_KINDS)
@click.argument("identity")
@click.pass_obj
def endpoint_unblock(console: Console, kind: str, identity: str) -> None:
    """Let an endpoint be used again."""
    with console.administration() as desks:
        desks.endpoints.unblock(SHELL, EndpointKind(kind), identity)
    console.say(DONE)


@click.command()
@click.argument("user_name")
@click.pass_obj
def login(console: Console, user_name: str) -> None:
    """Give a web login a new password, shown once."""
    new = new_login()
    with console.administration() as desks:
        desks.endpoints.set_login(SHELL, user_name, new)
    console.say(NEW_PASSWORD, password=new)


@click.command()
@click.argument("party_code")
@click.option("--person", "person_code")
@click.pass_obj
def password(console: Console, party_code: str, person_code: str | None) -> None:
    """Give a party or person a temporary service password, shown once."""
    new = new_service()
    with console.administration() as desks:
        desks.credentials.set(SHELL, party_code, new, person_code)
    console.say(NEW_PASSWORD, password=new)
