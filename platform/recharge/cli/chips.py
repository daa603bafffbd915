"""Commands for dealer chips: how they stand, letting one work again, its pace and its hours."""

import click

from recharge.cli.console import Console
from recharge.clock import SystemClock
from recharge.domain.money import format_amount
from recharge.domain.numbers import masked
from recharge.engine.administration import SHELL
from recharge.engine.administration.chips import ChipView
from recharge.texts.console import DONE

_SECONDS = click.FloatRange(0, 86_400)
_COUNT = click.IntRange(1, 1_000_000)


@click.group()
def chip() -> None:
    """Dealer chips in modems; each is named by its link's code."""


@chip.command("list")
@click.pass_obj
def chip_list(console: Console) -> None:
    """Every chip: where it is, how it stands, its stock as told and as counted."""
    digits = console.settings().minor_digits
    with console.administration() as desks:
        views = desks.chips.all(SystemClock().now())
    heads = ("link", "iccid", "state", "reason", "slot", "signal", "told", "told_at", "expected", "open")
    console.table(heads, (_row(view, digits) for view in views))


@chip.command("last")
@click.argument("code")
@click.option("--count", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.pass_obj
def chip_last(console: Console, code: str, count: int) -> None:
    """The latest orders through a chip."""
    digits = console.settings().minor_digits
    with console.administration() as desks:
        orders = desks.chips.transactions(code, count, SystemClock().now())
    heads = ("sent_at", "attempt", "number", "face", "state", "serial_number", "code")
    rows = ((o.sent_at.isoformat(" ", "seconds"), o.attempt_id, masked(o.number), format_amount(o.face_minor, digits), o) for o in orders)
    console.table(heads, ((*row, order.state, order.serial_number, order.code) for *row, order in rows))


@chip.command("release")
@click.argument("code")
@click.pass_obj
def chip_release(console: Console, code: str) -> None:
    """Let a chip that was held, paused or quarantined work again, in the place where it is now."""
    with console.administration() as desks:
        desks.chips.release(SHELL, code)
    console.say(DONE)


@chip.command("hold")
@click.argument("code")
@click.argument("reason")
@click.pass_obj
def chip_hold(console: Console, code: str, reason: str) -> None:
    """Send nothing through a chip until it is released."""
    with console.administration() as desks:
        desks.chips.hold(SHELL, code, reason)
    console.say(DONE)


@chip.command("pace")
@click.argument("code")
@click.option("--gap", type=_SECONDS, help="Seconds between two orders.")
@click.option("--same-number", type=_SECONDS, help="Seconds between two orders to one number.")
@click.option("--hour", type=_COUNT, help="Most orders in an hour.")
@click.option("--day", type=_COUNT, help="Most orders in a day.")
@click.pass_obj
def chip_pace(console: Console, code: str, gap: float | None, same_number: float | None, hour: int | None, day: int | None) -> None:
    """How fast a chip may be used; what is not given stays."""
    pace = {"gap_seconds": gap, "same_number_seconds": same_number, "most_an_hour": hour, "most_a_day": day}
    with console.administration() as desks:
        desks.chips.set_pace(SHELL, code, pace)
    console.say(DONE)


@chip.command("hours")
@click.argument("code")
@click.argument("opens")
@click.argument("closes")
@click.pass_obj
def chip_hours(console: Console, code: str, opens: str, closes: str) -> None:
    """Between which local times a chip works: 08:00 22:00."""
    with console.administration() as desks:
        desks.chips.set_hours(SHELL, code, opens, closes)
    console.say(DONE)


def _row(view: ChipView, digits: int) -> tuple[object, ...]:
    row = view.row
    money = ["" if amount is None else format_amount(amount, digits) for amount in (view.told_minor, view.expected_minor)]
    told_at = row.told_at.isoformat(" ", "seconds") if row.told_at else ""
    place = row.seen_in or f"({row.slot})"
    return (row.link_code, row.iccid, row.state, row.reason, place, row.strength, money[0], told_at, money[1], view.open_orders)
