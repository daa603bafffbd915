"""Puts a first set-up into an empty deployment. What is there already stays, so one that was cut short is simply run again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ParamSpec, Protocol

from sqlalchemy import select

from recharge.books.tables.parties import audit
from recharge.books.tables.suppliers import route
from recharge.domain.errors import RefusalCode
from recharge.domain.orders import OrderKind
from recharge.domain.replies import Reply
from recharge.domain.requests import EndpointKind, Request
from recharge.engine.administration import SHELL, Administration, AdministrationCode, AdministrationError, Route
from recharge.engine.administration.deposits import deposit_request
from recharge.engine.administration.office import Duty
from recharge.engine.administration.password_book import PasswordBook
from recharge.engine.administration.seed_file import BadSeed, PriceTable, ProductTable, Seed

P = ParamSpec("P")
_ALREADY = frozenset({AdministrationCode.TAKEN, AdministrationCode.EVIDENCE_USED})


class TakesRequests(Protocol):
    """The engine, as far as a set-up needs it."""

    def take(self, request: Request) -> Reply:
        """Carry out one request."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """What the files do not hold: the links' secrets by name, where passwords are written down, and the business day of the opening."""

    secrets: Mapping[str, bytes]
    book: PasswordBook
    business_date: date


def plant(administration: Administration, seed: Seed, given: Given) -> None:
    """Everything but the deposits. Raises AdministrationError and BadSeed; what was done until then stays."""
    _catalogue(administration, seed)
    _prices(administration, seed)
    _parties(administration, seed)
    _endpoints(administration, seed, given.book)
    _credentials(administration, seed, given.book)
    _links(administration, seed, given.secrets)
    _stock(administration, seed, given.business_date)


def plant_deposits(engine: TakesRequests, seed: Seed) -> None:
    """The opening deposits, through the engine as every deposit. Raises BadSeed for one that is refused."""
    for item in seed.deposit:
        reply = engine.take(deposit_request(item.party, item.amount, item.evidence))
        if reply.refusal is not None and reply.refusal.code is not RefusalCode.EVIDENCE_USED:
            raise BadSeed(f"deposit {item.evidence}: {reply.refusal}")


def is_finished(administration: Administration, name: str) -> bool:
    """Whether the set-up of that name has been put in to its end."""
    match = (audit.c.action == "seeded") & (audit.c.object == f"seed:{name}")
    with administration.office.database.read() as connection:
        return connection.execute(select(audit.c.id).where(match).limit(1)).first() is not None


def finish(administration: Administration, name: str) -> None:
    """Note that the set-up has been put in to its end."""
    administration.office.carry_out(SHELL, Duty.PARTIES, lambda change: change.note("seeded", f"seed:{name}"))


def _once(make: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Make something unless it is there; whether it was made now."""
    try:
        make(*args, **kwargs)
    except AdministrationError as error:
        if error.code not in _ALREADY:
            raise
        return False
    return True


def _catalogue(administration: Administration, seed: Seed) -> None:
    desk = administration.catalogue
    for tier in seed.tier:
        _once(desk.add_tier, SHELL, tier.code, tier.name)
    for carrier in seed.carrier:
        _once(desk.add_carrier, SHELL, carrier.code, carrier.name)
    for product in seed.product:
        _product(administration, product)
    if seed.ranges_text:
        administration.ranges.load(SHELL, seed.ranges_text)


def _product(administration: Administration, item: ProductTable) -> None:
    desk = administration.catalogue
    if item.fixed is not None:
        _once(desk.add_fixed, SHELL, item.code, item.name, item.carrier, item.fixed)
    else:
        _once(desk.add_open, SHELL, item.code, item.name, item.carrier, item.kind, item.least, item.most, item.step)


def _prices(administration: Administration, seed: Seed) -> None:
    known = {(row.tier_code, row.product_code) for row in administration.prices.all()}
    for line in seed.price:
        for product in seed.product:
            if (line.tier, product.code) not in known:
                administration.prices.set(SHELL, line.tier, product.code, *_shares(line, product))


def _shares(line: PriceTable, product: ProductTable) -> tuple[int, int]:
    if product.kind is OrderKind.BILL_PAYMENT:
        return line.bill_payment_discount, line.bill_payment_margin
    return line.recharge_discount, line.recharge_margin


def _parties(administration: Administration, seed: Seed) -> None:
    for item in seed.party:
        _once(administration.parties.register, SHELL, item.code, item.name, item.kind, item.parent, item.tier, item.language)
    for person in seed.person:
        _once(administration.people.register, SHELL, person.code, person.name, person.party, person.role)


def _endpoints(administration: Administration, seed: Seed, book: PasswordBook) -> None:
    desk = administration.endpoints
    for item in seed.endpoint:
        _once(desk.bind, SHELL, item.kind, item.identity, item.party, item.person, item.address, item.language)
        if item.kind is EndpointKind.WEB_LOGIN:
            desk.set_login(SHELL, item.identity, book.login(item.identity))


def _credentials(administration: Administration, seed: Seed, book: PasswordBook) -> None:
    for item in seed.credential:
        digits = book.service(item.person or item.party)
        administration.credentials.set(SHELL, item.party, digits, item.person, temporary=item.temporary)


def _links(administration: Administration, seed: Seed, secrets: Mapping[str, bytes]) -> None:
    for item in seed.link:
        if item.secret not in secrets:
            raise BadSeed(f"link {item.code}: no secret of the name {item.secret} was given")
        secret_id = administration.secrets.keep(SHELL, "link", item.code, secrets[item.secret])
        _once(administration.links.register, SHELL, item.code, item.name, item.kind, item.settings, secret_id, item.most_in_flight)
    with administration.office.database.read() as connection:
        routed = connection.execute(select(route.c.id).limit(1)).first() is not None
    for way in () if routed else seed.route:
        for carrier in way.carriers:
            for kind in way.kinds:
                administration.links.add_route(SHELL, way.link, Route(carrier, kind, way.cost))


def _stock(administration: Administration, seed: Seed, business_date: date) -> None:
    for item in seed.stock:
        _once(administration.stock.buy, SHELL, item.link, item.amount, item.evidence, business_date)
