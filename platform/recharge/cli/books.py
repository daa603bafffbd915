"""Commands for the books: deposits, what the separate reader finds, and an order's story."""

import sqlite3
import sys
from pathlib import Path

import click

from recharge.bootstrap import open_database, open_engine
from recharge.cli.console import AMOUNT, Console
from recharge.clock import SystemClock
from recharge.engine.administration import SHELL
from recharge.engine.administration.deposits import deposit_request
from recharge.engine.administration.errors import bad
from recharge.engine.story import tell
from recharge.texts.console import BALANCES_RIGHT, CHAIN_WHOLE, DEPOSITED, DEPOSITED_BEFORE, DIFFERENCE, DONE
from recharge.verify import differences, holds, report, verify_books, verify_chain


@click.command()
@click.argument("party_code")
@click.argument("amount", type=AMOUNT)
@click.option("--evidence", required=True, help="Bank line or receipt; it counts once for ever.")
@click.option("--bank", default="", help="Bank account it came to, where that has an account of its own in the books.")
@click.pass_obj
def deposit(console: Console, party_code: str, amount: int, evidence: str, bank: str) -> None:
    """Credit a party with money that was seen to arrive."""
    engine = open_engine(console.settings())
    try:
        reply = engine.take(deposit_request(party_code, amount, evidence, bank))
    finally:
        engine.close()
    if reply.refusal is not None:
        raise reply.refusal
    number = reply.order.order_number if reply.order else ""
    console.say(DEPOSITED_BEFORE if reply.repeated else DEPOSITED, amount_minor=amount, order_number=number)


@click.command()
@click.option("--chain", is_flag=True, help="Only look for the first altered entry.")
@click.option(
    "--carrier-ledger",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The simulated carrier's own ledger, to compare with.",
)
@click.pass_obj
def verify(console: Console, chain: bool, carrier_ledger: Path | None) -> None:
    """Check every promise about the money with a reader of its own; exit status 1 at a breach."""
    database = open_database(console.settings())
    if chain:
        altered = verify_chain(database)
        if altered is not None:
            raise click.ClickException(altered.told(console.language))
        console.say(CHAIN_WHOLE)
        return
    try:
        findings = verify_books(database, SystemClock().now(), carrier_ledger)
    except sqlite3.Error as error:
        # Our own database speaks through SQLAlchemy: only the carrier's file is opened as it is.
        raise bad("carrier_ledger", carrier_ledger) from error
    click.echo(report(findings, console.language))
    sys.exit(0 if holds(findings) else 1)


@click.command()
@click.option("--check", is_flag=True, required=True, help="Compare only; nothing is ever written back.")
@click.pass_obj
def rebuild(console: Console, check: bool) -> None:
    """Derive every balance from the postings and compare; exit status 1 at a difference."""
    found = differences(open_database(console.settings())) if check else []
    for item in found:
        console.say(DIFFERENCE, owner=item.owner, what=item.what, stored=str(item.stored), derived=str(item.derived))
    if found:
        sys.exit(1)
    console.say(BALANCES_RIGHT)


@click.command()
@click.argument("order_number")
@click.pass_obj
def why(console: Console, order_number: str) -> None:
    """The whole story of an order: candidates, reasons, attempts, answers, postings."""
    settings = console.settings()
    click.echo(tell(open_database(settings), order_number, console.language, settings.minor_digits, settings.calendar.zone))


@click.group()
def bank() -> None:
    """Bank accounts that have an account of their own in the books."""


@bank.command("add")
@click.argument("code")
@click.argument("name")
@click.pass_obj
def bank_add(console: Console, code: str, name: str) -> None:
    """Open `bank:CODE` in the books; what stands in `bank` stays there until two people book it over."""
    with console.administration() as desks:
        desks.banks.register(SHELL, code, name)
    console.say(DONE)


@bank.command("list")
@click.pass_obj
def bank_list(console: Console) -> None:
    """Every bank account with an account of its own."""
    with console.administration() as desks:
        rows = desks.banks.all()
    console.table(("code", "name"), ((row.code, row.name) for row in rows))
