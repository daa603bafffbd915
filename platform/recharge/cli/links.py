"""Commands for the ways out: links, routes, their secrets, and stock bought."""

import json
from pathlib import Path

import click

from recharge.cli.console import AMOUNT, Console
from recharge.clock import SystemClock
from recharge.domain.money import format_amount
from recharge.domain.orders import OUTWARD_KINDS, OrderKind
from recharge.engine.administration import SHELL, Route
from recharge.engine.stock_watch import Standing, StockWatch
from recharge.settings import open_to_others
from recharge.texts.catalogue import say
from recharge.texts.console import DONE, NOT_A_FILE_OF_OURS, STOCK_BOUGHT
from recharge.upkeep import watch_rules

_SECRET_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_KINDS = click.Choice(sorted(kind.value for kind in OUTWARD_KINDS))
LINK_PURPOSE = "link"


@click.group()
def link() -> None:
    """Ways out to carriers and other suppliers."""


@link.command("add")
@click.argument("code")
@click.argument("name")
@click.argument("kind")
@click.option("--settings", "settings_text", required=True, help="JSON: what the link kind reads, for example its url.")
@click.option("--secret-file", type=_SECRET_FILE, required=True)
@click.option("--in-flight", type=int, default=100, show_default=True)
@click.option("--reserve", type=AMOUNT, default=0, help="Stock that is not sold down.")
@click.pass_obj
def link_add(
    console: Console, code: str, name: str, kind: str, settings_text: str, secret_file: Path, in_flight: int, reserve: int
) -> None:
    """Register a link with its stock account; it carries nothing before it has a route."""
    told, value = _settings(settings_text), read_secret(console, secret_file)
    with console.administration() as desks:
        secret_id = desks.secrets.keep(SHELL, LINK_PURPOSE, code, value)
        desks.links.register(SHELL, code, name, kind, told, secret_id, in_flight, reserve)
    console.say(DONE)


@link.command("list")
@click.pass_obj
def link_list(console: Console) -> None:
    """Every link."""
    with console.administration() as desks:
        rows = desks.links.all()
    heads = ("code", "kind", "name", "in_flight", "paused", "settings")
    console.table(heads, ((r.code, r.kind, r.name, r.most_in_flight, "paused" if r.paused else "", r.settings) for r in rows))


@link.command("settings")
@click.argument("code")
@click.argument("settings_text")
@click.pass_obj
def link_settings(console: Console, code: str, settings_text: str) -> None:
    """Give a link other settings, as JSON."""
    with console.administration() as desks:
        desks.links.set_settings(SHELL, code, _settings(settings_text))
    console.say(DONE)


@link.command("pause")
@click.argument("code")
@click.pass_obj
def link_pause(console: Console, code: str) -> None:
    """Send nothing new through a link."""
    with console.administration() as desks:
        desks.links.pause(SHELL, code)
    console.say(DONE)


@link.command("resume")
@click.argument("code")
@click.pass_obj
def link_resume(console: Console, code: str) -> None:
    """Use a link again."""
    with console.administration() as desks:
        desks.links.resume(SHELL, code)
    console.say(DONE)


@click.command()
@click.argument("link_code")
@click.argument("secret_file", type=_SECRET_FILE)
@click.pass_obj
def secret(console: Console, link_code: str, secret_file: Path) -> None:
    """Give a link a new secret, from a file."""
    value = read_secret(console, secret_file)
    with console.administration() as desks:
        desks.links.set_secret(SHELL, link_code, desks.secrets.keep(SHELL, LINK_PURPOSE, link_code, value))
    console.say(DONE)


@click.group()
def route() -> None:
    """What goes through which link."""


@route.command("add")
@click.argument("link_code")
@click.argument("carrier_code")
@click.argument("cost", type=int)
@click.option("--kind", type=_KINDS, default=OrderKind.RECHARGE.value, show_default=True)
@click.option("--priority", type=int, default=10, show_default=True, help="Lower is tried first.")
@click.option("--province", default="", help="Only numbers of this province.")
@click.option("--hours", nargs=2, default=("00:00", "24:00"), show_default=True, help="Local times.")
@click.pass_obj
def route_add(
    console: Console, link_code: str, carrier_code: str, cost: int, kind: str, priority: int, province: str, hours: tuple[str, str]
) -> None:
    """Let a carrier's orders go through a link at a COST in basis points of the face value."""
    with console.administration() as desks:
        desks.links.add_route(SHELL, link_code, Route(carrier_code, OrderKind(kind), cost, priority, province, *hours))
    console.say(DONE)


@click.group()
def stock() -> None:
    """Stock held at suppliers."""


@stock.command("buy")
@click.argument("link_code")
@click.argument("amount", type=AMOUNT)
@click.option("--evidence", required=True, help="Number of the payment or invoice; it counts once for ever.")
@click.option("--bank", default="", help="Bank account it was paid from, where that has an account of its own in the books.")
@click.pass_obj
def stock_buy(console: Console, link_code: str, amount: int, evidence: str, bank: str) -> None:
    """Book stock that was paid from the bank."""
    today = console.settings().calendar.day_of(SystemClock().now())
    with console.administration() as desks:
        order_id = desks.stock.buy(SHELL, link_code, amount, evidence, today, bank)
    console.say(STOCK_BOUGHT, amount_minor=amount, order_number=str(order_id))


@stock.command("forecast")
@click.pass_obj
def stock_forecast(console: Console) -> None:
    """When each link's stock runs out, from the last days' sales by hour."""
    settings = console.settings()
    digits = settings.minor_digits
    with console.administration() as desks:
        found = StockWatch(desks.office.database, SystemClock(), watch_rules(settings)).standings()
    heads = ("link", "level", "stock", "free", "a_day_sells", "runs_out_at", "told_at")
    console.table(heads, (_standing(standing, digits) for standing in found))


def _standing(found: Standing, digits: int) -> tuple[str, ...]:
    amounts = (found.stock.stock_minor, found.free_minor, found.day_minor)
    written = ("" if amount is None else format_amount(amount, digits) for amount in amounts)
    until, told = found.forecast.runs_out_at, found.stock.stock_at
    return (
        found.stock.code,
        found.forecast.level.value,
        *written,
        f"{until:%Y-%m-%d %H:%M}" if until else "",
        f"{told:%Y-%m-%d %H:%M}Z" if told else "",
    )


def read_secret(console: Console, path: Path) -> bytes:
    """A secret's bytes without the line end; a file that others may open is refused."""
    if open_to_others(path):
        raise click.ClickException(say(NOT_A_FILE_OF_OURS, console.language, {"file": str(path)}))
    return path.read_bytes().rstrip(b"\r\n")


def _settings(text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    if not isinstance(told, dict):
        raise click.BadParameter("a JSON object is wanted")
    return told
