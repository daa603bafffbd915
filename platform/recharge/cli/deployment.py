"""Commands for a deployment as a whole: check, migrate, first set-up, the processes."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from recharge.books.database import Database
from recharge.books.house import house_accounts
from recharge.books.link_statements import LINKS
from recharge.books.link_statements import read_secret as read_kept
from recharge.books.schema import is_current
from recharge.books.schema import migrate as migrate_database
from recharge.bootstrap import open_database, open_engine
from recharge.cli.console import Console
from recharge.cli.links import read_secret
from recharge.clock import SystemClock
from recharge.engine.administration.password_book import PasswordBook
from recharge.engine.administration.seed import Given, finish, is_finished, plant, plant_deposits
from recharge.engine.administration.seed_file import read_seed
from recharge.keys.store import CannotUnwrap, KeyStore
from recharge.settings import Settings, SettingsError
from recharge.suppliers.contract import LinkMisconfigured, LinkParts
from recharge.suppliers.registry import make_link
from recharge.texts import console as texts
from recharge.texts.catalogue import say


@click.command()
@click.pass_obj
def check(console: Console) -> None:
    """Name everything that is wrong with the settings, the database, the keys and the links; exit status 1 if anything is."""
    settings = console.settings()
    database = open_database(settings)
    try:
        problems = list(_problems(database, settings, console.language))
    finally:
        database.close()
    if problems:
        raise click.ClickException("\n".join(problems))
    console.say(texts.SETTINGS_GOOD)


@click.command()
@click.pass_obj
def migrate(console: Console) -> None:
    """Bring the database to the newest schema."""
    migrate_database(console.settings().database_url)
    console.say(texts.DONE)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--secret", "secrets", nargs=2, multiple=True, metavar="NAME FILE", help="A link's secret, by the name the folder uses.")
@click.option("--passwords", type=click.Path(dir_okay=False, path_type=Path), default=Path("logins.txt"), show_default=True)
@click.pass_obj
def seed(console: Console, folder: Path, secrets: tuple[tuple[str, str], ...], passwords: Path) -> None:
    """Put a first set-up into an empty deployment, from a folder with one .toml file; once."""
    settings, told = console.settings(), read_seed(folder)
    given = Given(
        {name: read_secret(console, Path(path)) for name, path in secrets},
        PasswordBook(passwords),
        settings.calendar.day_of(SystemClock().now()),
    )
    with console.administration() as desks:
        if is_finished(desks, folder.resolve().name):
            console.say(texts.SEEDED_BEFORE)
            return
        plant(desks, told, given)
        engine = open_engine(settings)
        try:
            plant_deposits(engine, told)
        finally:
            engine.close()
        finish(desks, folder.resolve().name)
    console.say(texts.SEEDED, file=str(passwords))


@click.command()
@click.pass_obj
def dispatch(console: Console) -> None:
    """Send orders out until told to stop: the process that production runs beside the web."""
    from recharge.dispatcher import run as run_dispatcher
    from recharge.logs import configure_logs

    settings = console.settings()
    configure_logs(settings.log_level)
    run_dispatcher(settings)


@click.command()
@click.pass_obj
def upkeep(console: Console) -> None:
    """Roll commissions up and seal entries until told to stop: the process behind the others."""
    from recharge.logs import configure_logs
    from recharge.upkeep import main as run_upkeep

    configure_logs(console.settings().log_level)
    run_upkeep()


@click.command()
@click.option("--home", type=click.Path(path_type=Path), envvar="KONGCHONG_HOME", default=Path("var"), show_default=True)
@click.option("--port", type=int, default=8080, show_default=True, help="Of the page.")
@click.option("--carrier-port", type=int, default=18081, show_default=True, help="Of the simulated carrier and its control page.")
@click.option("--callback-port", type=int, default=8095, show_default=True, help="On which the carrier calls back.")
@click.option("--part-port", type=(str, int), multiple=True, metavar="NAME PORT", help="Of a simulated thing of another channel.")
@click.option("--without", multiple=True, metavar="PART", help="Leave a channel or a way out away; may be given several times.")
@click.pass_obj
def run(console: Console, /, home: Path, port: int, carrier_port: int, callback_port: int, **of_parts: tuple[Any, ...]) -> None:
    """Try the product: every process, a simulated carrier, SQLite, all on this machine. Data stay in the home folder."""
    from recharge.tryout.commands import NotUp
    from recharge.tryout.home import HomeTaken, Ports
    from recharge.tryout.play import PortTaken, part_names, play, usual_ports

    usual, told = usual_ports(), dict(of_parts["part_port"])
    _known("--part-port", told, usual)
    _known("--without", of_parts["without"], part_names())
    try:
        play(home.resolve(), Ports(port, carrier_port, callback_port, usual | told), console.language, of_parts["without"])
    except PortTaken as error:
        raise click.ClickException(say(texts.PORT_TAKEN, console.language, {"port": str(error.port)})) from error
    except HomeTaken as error:
        raise click.ClickException(say(texts.HOME_TAKEN, console.language, {"folder": str(error)})) from error
    except NotUp as error:
        raise click.ClickException(say(texts.NOT_UP, console.language, {"name": error.name, "file": str(error.log)})) from error


@click.command()
@click.option("--home", type=click.Path(path_type=Path), envvar="KONGCHONG_HOME", default=Path("var"), show_default=True)
@click.option("--line", default="13800138001", show_default=True, help="The number that calls.")
@click.option("--sip-port", type=int, default=18090, show_default=True, help="Of the try-out's Asterisk.")
def call(home: Path, line: str, sip_port: int) -> None:
    """Call a running try-out from this terminal: what is heard appears as words, and what you type is pressed as keys."""
    told = ("--terminal", "--sip-port", str(sip_port), "--prompts", str(home.resolve() / "prompts"), "--line", line)
    words = [sys.executable, "-m", "simulators.telephone", *told]
    os.execv(words[0], words)  # noqa: S606  our own words


def _known(option: str, given: Iterable[str], names: Collection[str]) -> None:
    if unknown := [name for name in given if name not in names]:
        raise click.BadParameter(f"{', '.join(unknown)}: {', '.join(names)}", param_hint=option)


def _problems(database: Database, settings: Settings, language: str) -> Iterator[str]:
    """One sentence for each thing that would stop a process. The database must answer; the rest is looked at even after a fault."""
    try:
        settings.site_secret()
    except SettingsError as error:
        yield str(error)
    if not is_current(database):
        yield say(texts.SCHEMA_OLD, language)
        return
    house_accounts(database)
    yield from _link_problems(database, settings, language)


def _link_problems(database: Database, settings: Settings, language: str) -> Iterator[str]:
    keys, clock = KeyStore(settings.master_key_bytes), SystemClock()
    with database.read() as connection:
        links = [(row, read_kept(connection, row.secret_id) if row.secret_id else None) for row in database.find(connection, LINKS)]
    for row, kept in links:
        try:
            secret = keys.unwrap(kept.purpose, kept.name, kept.version, kept.wrapped) if kept else b""
            make_link(row.kind, LinkParts(row.code, row.settings, secret, clock))
        except CannotUnwrap as error:
            yield say(texts.SECRET_CLOSED, language, {"name": str(error)})
        except LinkMisconfigured as error:
            yield say(texts.LINK_UNUSABLE, language, {"reason": str(error)})
