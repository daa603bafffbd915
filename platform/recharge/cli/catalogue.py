"""Commands for what is sold: tiers, carriers, products, prices, limits, number ranges."""

from datetime import datetime
from pathlib import Path

import click

from recharge.cli.console import AMOUNT, Console
from recharge.domain.limits import Limits
from recharge.domain.money import format_amount
from recharge.domain.orders import OrderKind
from recharge.engine.administration import SHELL
from recharge.texts.console import DONE, RANGES_LOADED


@click.group()
def tier() -> None:
    """Tiers: price lists and limits that parties are given."""


@tier.command("add")
@click.argument("code")
@click.argument("name")
@click.pass_obj
def tier_add(console: Console, code: str, name: str) -> None:
    """Add a tier."""
    with console.administration() as desks:
        desks.catalogue.add_tier(SHELL, code, name)
    console.say(DONE)


@click.group()
def carrier() -> None:
    """Mobile operators."""


@carrier.command("add")
@click.argument("code")
@click.argument("name")
@click.pass_obj
def carrier_add(console: Console, code: str, name: str) -> None:
    """Add a carrier."""
    with console.administration() as desks:
        desks.catalogue.add_carrier(SHELL, code, name)
    console.say(DONE)


@click.group()
def product() -> None:
    """What agents sell, by the codes they type."""


@product.command("fixed")
@click.argument("code")
@click.argument("name")
@click.argument("carrier_code")
@click.argument("face", type=AMOUNT)
@click.pass_obj
def product_fixed(console: Console, code: str, name: str, carrier_code: str, face: int) -> None:
    """Add a recharge of one denomination."""
    with console.administration() as desks:
        desks.catalogue.add_fixed(SHELL, code, name, carrier_code, face)
    console.say(DONE)


@product.command("open")
@click.argument("code")
@click.argument("name")
@click.argument("carrier_code")
@click.argument("least", type=AMOUNT)
@click.argument("most", type=AMOUNT)
@click.option("--step", type=AMOUNT, default="1.00", show_default=True)
@click.option("--bill", is_flag=True, help="A bill payment, not a recharge.")
@click.pass_obj
def product_open(console: Console, code: str, name: str, carrier_code: str, least: int, most: int, step: int, bill: bool) -> None:
    """Add a recharge or bill payment of an open amount."""
    kind = OrderKind.BILL_PAYMENT if bill else OrderKind.RECHARGE
    with console.administration() as desks:
        desks.catalogue.add_open(SHELL, code, name, carrier_code, kind, least, most, step)
    console.say(DONE)


@product.command("list")
@click.pass_obj
def product_list(console: Console) -> None:
    """Every product."""
    digits = console.settings().minor_digits
    with console.administration() as desks:
        rows = desks.catalogue.products()
    heads = ("code", "carrier", "kind", "face", "least", "most", "step", "sold")
    console.table(heads, ((row.code, row.carrier_code, row.kind, *_amounts(row, digits), "yes" if row.active else "no") for row in rows))


@product.command("sell")
@click.argument("code")
@click.pass_obj
def product_sell(console: Console, code: str) -> None:
    """Sell a product again."""
    with console.administration() as desks:
        desks.catalogue.set_active(SHELL, code, True)
    console.say(DONE)


@product.command("stop")
@click.argument("code")
@click.pass_obj
def product_stop(console: Console, code: str) -> None:
    """Stop selling a product."""
    with console.administration() as desks:
        desks.catalogue.set_active(SHELL, code, False)
    console.say(DONE)


@click.group()
def price() -> None:
    """Price lists, in basis points of the face value."""


@price.command("set")
@click.argument("tier_code")
@click.argument("product_code")
@click.argument("discount", type=int)
@click.option("--margin", type=int, default=0, show_default=True, help="For distributors of the tier.")
@click.option("--from", "effective_from", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="Local time; left out: now.")
@click.pass_obj
def price_set(console: Console, tier_code: str, product_code: str, discount: int, margin: int, effective_from: datetime | None) -> None:
    """Set a tier's discount on a product, from now or a later moment."""
    zone = console.settings().calendar.zone
    start = None if effective_from is None else effective_from.replace(tzinfo=zone)
    with console.administration() as desks:
        desks.prices.set(SHELL, tier_code, product_code, discount, margin, start)
    console.say(DONE)


@price.command("list")
@click.pass_obj
def price_list(console: Console) -> None:
    """Every line of every price list, newest first."""
    zone = console.settings().calendar.zone
    with console.administration() as desks:
        rows = desks.prices.all()
    heads = ("tier", "product", "from", "discount_bp", "margin_bp")
    lines = (
        (row.tier_code, row.product_code, f"{row.effective_from.astimezone(zone):%Y-%m-%dT%H:%M}", row.discount_bp, row.margin_bp)
        for row in rows
    )
    console.table(heads, lines)


@click.command()
@click.argument("scope", type=click.Choice(["platform", "tier", "party"]))
@click.argument("code", required=False, default="")
@click.option("--order", "order_most", type=AMOUNT, help="Largest order.")
@click.option("--day-count", type=int)
@click.option("--day-value", type=AMOUNT)
@click.option("--month-count", type=int)
@click.option("--month-value", type=AMOUNT)
@click.pass_obj
def limits(console: Console, /, scope: str, code: str, **most: int | None) -> None:
    """Limit what a party, a tier or everybody may sell; what is left out has no limit."""
    told = Limits(most["order_most"], most["day_count"], most["day_value"], most["month_count"], most["month_value"])
    with console.administration() as desks:
        if scope == "platform":
            desks.catalogue.limit_platform(SHELL, told)
        elif scope == "tier":
            desks.catalogue.limit_tier(SHELL, code, told)
        else:
            desks.catalogue.limit_party(SHELL, code, told)
    console.say(DONE)


@click.group()
def ranges() -> None:
    """Which numbers belong to which carrier and province."""


@ranges.command("import")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Drop the ranges that the table does not name.")
@click.pass_obj
def ranges_import(console: Console, table: Path, replace: bool) -> None:
    """Take in a CSV table prefix,carrier,province; all of it or nothing."""
    text = table.read_text(encoding="utf-8", errors="replace")
    with console.administration() as desks:
        count = desks.ranges.load(SHELL, text, replace=replace)
    console.say(RANGES_LOADED, count=count)


@click.group()
def number() -> None:
    """Numbers that moved to another carrier."""


@number.command("port")
@click.argument("digits")
@click.argument("carrier_code")
@click.pass_obj
def number_port(console: Console, digits: str, carrier_code: str) -> None:
    """Recharge a number at another carrier than its range says."""
    with console.administration() as desks:
        desks.ranges.port(SHELL, digits, carrier_code)
    console.say(DONE)


@number.command("unport")
@click.argument("digits")
@click.pass_obj
def number_unport(console: Console, digits: str) -> None:
    """Recharge a number where its range says."""
    with console.administration() as desks:
        desks.ranges.unport(SHELL, digits)
    console.say(DONE)


def _amounts(row: object, digits: int) -> list[str]:
    values = (getattr(row, name) for name in ("fixed_minor", "least_minor", "most_minor", "step_minor"))
    return ["" if value is None else format_amount(value, digits) for value in values]
