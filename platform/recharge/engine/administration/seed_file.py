"""The files of a first set-up: one TOML file and a table of number ranges, read whole and checked before anything is done with them."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from recharge.domain.money import BadAmount, parse_amount
from recharge.domain.orders import OrderKind
from recharge.domain.parties import PartyKind, Role
from recharge.domain.requests import EndpointKind


class BadSeed(Exception):
    """The files cannot be used; the text names every place that is wrong."""


def _minor(value: Any) -> Any:
    try:
        return parse_amount(value) if isinstance(value, str) else value
    except BadAmount as error:
        raise ValueError("is no amount like 100.00") from error


def _outward(kind: OrderKind) -> OrderKind:
    if kind not in {OrderKind.RECHARGE, OrderKind.BILL_PAYMENT}:
        raise ValueError("is neither recharge nor bill_payment")
    return kind


Minor = Annotated[int, BeforeValidator(_minor), Field(gt=0)]
SoldKind = Annotated[OrderKind, AfterValidator(_outward)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(_Table):
    """A tier or a carrier."""

    code: str
    name: str


class ProductTable(Named):
    """A product: `fixed`, or `least`, `most` and `step`."""

    carrier: str
    kind: SoldKind = OrderKind.RECHARGE
    fixed: Minor | None = None
    least: Minor = 1
    most: Minor = 1
    step: Minor = 1


class PriceTable(_Table):
    """A tier's shares of everything that is sold, in basis points."""

    tier: str
    recharge_discount: int
    bill_payment_discount: int
    recharge_margin: int = 0
    bill_payment_margin: int = 0


class PartyTable(Named):
    """A party; parents stand before their children."""

    kind: PartyKind
    parent: str | None = None
    tier: str | None = None
    language: Literal["zh_CN", "en", "id"] = "zh_CN"


class PersonTable(Named):
    """A person at a party."""

    party: str
    role: Role


class EndpointTable(_Table):
    """An endpoint; a web login is given a password."""

    kind: EndpointKind
    identity: str
    party: str
    person: str | None = None
    address: str = ""
    language: Literal["zh_CN", "en", "id"] | None = None


class CredentialTable(_Table):
    """A service password for a party, or for one of its people."""

    party: str
    person: str | None = None
    temporary: bool = True


class LinkTable(Named):
    """A way out. `secret` names one of the secrets given to the loader."""

    kind: str
    secret: str
    settings: dict[str, Any]
    most_in_flight: int = 100


class RouteTable(_Table):
    """What goes through a link, at what cost in basis points of the face value."""

    link: str
    carriers: list[str]
    kinds: list[SoldKind]
    cost: int


class StockTable(_Table):
    """Stock bought at a link."""

    link: str
    amount: Minor
    evidence: str


class DepositTable(_Table):
    """Money credited to a party."""

    party: str
    amount: Minor
    evidence: str


class Seed(_Table):
    """A first set-up. `ranges_text` is the content of the table that `ranges` names."""

    ranges: str = ""
    ranges_text: str = ""
    tier: list[Named] = []
    carrier: list[Named] = []
    product: list[ProductTable] = []
    price: list[PriceTable] = []
    party: list[PartyTable] = []
    person: list[PersonTable] = []
    endpoint: list[EndpointTable] = []
    credential: list[CredentialTable] = []
    link: list[LinkTable] = []
    route: list[RouteTable] = []
    stock: list[StockTable] = []
    deposit: list[DepositTable] = []


def read_seed(folder: Path) -> Seed:
    """The set-up in a folder with one .toml file. Raises BadSeed."""
    files = sorted(folder.glob("*.toml"))
    if len(files) != 1:
        raise BadSeed(f"{folder}: one .toml file is wanted, there are {len(files)}")
    try:
        told = tomllib.loads(files[0].read_text(encoding="utf-8"))
        if told.get("ranges"):
            told["ranges_text"] = (folder / told["ranges"]).read_text(encoding="utf-8")
        return Seed.model_validate(told)
    except ValidationError as error:
        places = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise BadSeed(f"{files[0].name}: " + "; ".join(places)) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSeed(f"{files[0].name}: {error}") from error
