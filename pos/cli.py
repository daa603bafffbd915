"""Commands for terminals, their keys and their settlement, as one click group."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Row

from pos import journal
from pos.keys.loading import KEY_OCTETS, KeyLoading
from pos.keys.vault import KeyUse
from pos.problems import OfficeError, Problem
from pos.profiles import PROFILES, TimeoutPolicy
from pos.registry import Registry
from pos.terminals import TerminalReader
from pos.texts import lazy_gettext as _
from pos.texts import say
from recharge import Database, format_amount

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
DONE = _("已完成。")
REGISTERED = _("终端 {terminal} 已登记，请录入主密钥。")
COMPONENT_KEPT = _("第 {ordinal} 分量已录入，还需其余分量。")
KEY_MADE = _("密钥已合成，校验值 {check}。")


@dataclass(frozen=True, slots=True)
class OfficeTools:
    """What the commands work with. `person(user, password)` is the code of a member of staff who may handle keys; raises OfficeError."""

    registry: Registry
    loading: KeyLoading
    database: Database
    person: Callable[[str, str], str]
    now: Callable[[], datetime]
    language: str | None = None
    minor_digits: int = 2

    def say(self, text: str, **facts: str | int) -> None:
        """Tell the person at the terminal."""
        click.echo(say(text, self.language, facts))


class _Told(click.Group):
    """A group whose commands end in a sentence, not in a traceback, when staff asked for what cannot be."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except OfficeError as error:
            language = ctx.obj.language if isinstance(ctx.obj, OfficeTools) else None
            click.echo(say(error.problem.text, language, error.facts), err=True)
            sys.exit(1)


@click.group("pos", cls=_Told)
def pos() -> None:
    """POS terminals, their keys and their settlement."""


@pos.command("register")
@click.argument("terminal")
@click.argument("merchant")
@click.argument("point")
@click.option("--profile", type=click.Choice(sorted(PROFILES)), default="own", show_default=True)
@click.option("--policy", type=click.Choice([item.value for item in TimeoutPolicy]), help="The profile's own where it is not told.")
@click.option("--serial", default="", help="The serial number it must sign in with.")
@click.option("--line", default="", help="The telephone line it must call from, through a concentrator.")
@click.pass_obj
def register(
    tools: OfficeTools, terminal: str, merchant: str, point: str, profile: str, policy: str | None, serial: str, line: str
) -> None:
    """Register TERMINAL (8 letters and digits) of MERCHANT and bind it to POINT."""
    tools.registry.register(terminal, merchant, point, profile, policy or "", serial, line)
    tools.say(REGISTERED, terminal=terminal)


@pos.command("list")
@click.pass_obj
def list_terminals(tools: OfficeTools) -> None:
    """Every terminal: merchant, profile, state, batch, whether it has its key and is signed in, when it was last seen."""
    for row in TerminalReader(tools.database).all():
        key = "no key" if row.master is None else "signed in" if row.mac_key is not None else "signed off"
        seen = _moment(row.seen_at)
        click.echo("\t".join((row.terminal, row.merchant, row.profile, row.state, row.reason, str(row.batch), key, seen, row.status)))


@pos.command("component")
@click.argument("owner")
@click.argument("ordinal", type=click.IntRange(1, 3))
@click.option("--of", "count", type=click.IntRange(2, 3), default=2, show_default=True, help="How many components there are.")
@click.option("--check", "check", required=True, help="The component's check value, 4 to 8 hexadecimal digits.")
@click.option("--user", required=True, help="Your login of the site.")
@click.option("--password-file", type=_FILE, help="Where your password stands; asked for otherwise.")
@click.option("--file", "file", type=_FILE, help="Where the component stands, 32 hexadecimal digits; asked for otherwise.")
@click.option("--protection", is_flag=True, help="OWNER names a key that protects key blocks, not a terminal.")
@click.pass_obj
def component(  # noqa: PLR0913, PLR0917  each is one thing that a person says
    tools: OfficeTools,
    owner: str,
    ordinal: int,
    count: int,
    check: str,
    user: str,
    password_file: Path | None,
    file: Path | None,
    protection: bool,
) -> None:
    """Bring component ORDINAL of a terminal's master key. Each component is brought by another person."""
    person = tools.person(user, _secret(password_file, "Password"))
    key = _key(_secret(file, "Component"))
    use = KeyUse.PROTECTION if protection else KeyUse.MASTER
    made = tools.loading.component(owner, use, ordinal, count, key, check, person)
    if not protection:
        tools.registry.note(owner, f"component {ordinal} of {count} by {person}" + (f", key {made[:6]}" if made else ""))
    tools.say(KEY_MADE if made else COMPONENT_KEPT, ordinal=ordinal, check=made)


@pos.command("key-block")
@click.argument("terminal")
@click.argument("protection")
@click.argument("file", type=_FILE)
@click.option("--user", required=True, help="Your login of the site.")
@click.option("--password-file", type=_FILE, help="Where your password stands; asked for otherwise.")
@click.pass_obj
def key_block(tools: OfficeTools, terminal: str, protection: str, file: Path, user: str, password_file: Path | None) -> None:
    """Take TERMINAL's master key out of a TR-31 block in FILE, under the key PROTECTION."""
    person = tools.person(user, _secret(password_file, "Password"))
    made = tools.loading.block(terminal, protection, _read(file))
    tools.registry.note(terminal, f"key {made[:6]} out of a block by {person}")
    tools.say(KEY_MADE, check=made)


@pos.command("force-sign-in")
@click.argument("terminal")
@click.pass_obj
def force_sign_in(tools: OfficeTools, terminal: str) -> None:
    """End a terminal's sign-in; its next message is told to sign in again."""
    tools.registry.force_sign_in(terminal)
    tools.say(DONE)


@pos.command("block")
@click.argument("terminal")
@click.argument("reason")
@click.pass_obj
def block(tools: OfficeTools, terminal: str, reason: str) -> None:
    """Turn a terminal's messages away."""
    tools.registry.block(terminal, reason)
    tools.say(DONE)


@pos.command("unblock")
@click.argument("terminal")
@click.pass_obj
def unblock(tools: OfficeTools, terminal: str) -> None:
    """Let a blocked terminal work again."""
    tools.registry.unblock(terminal)
    tools.say(DONE)


@pos.command("journal")
@click.argument("terminal")
@click.option("--count", type=click.IntRange(1, 500), default=20, show_default=True)
@click.pass_obj
def show_journal(tools: OfficeTools, terminal: str, count: int) -> None:
    """A terminal's last messages and events, decoded, without secrets."""
    messages, events = journal.latest(tools.database, terminal, count)
    for row in messages:
        amount = "" if row.amount_minor is None else format_amount(row.amount_minor, tools.minor_digits)
        head = (_moment(row.at), row.peer, row.kind, f"{row.batch:06d}/{row.trace:06d}", row.number, amount, row.code, row.order_number)
        click.echo("\t".join(head))
    for row in events:
        click.echo("\t".join((_moment(row.at), row.peer, row.kind, row.detail)))


@pos.command("batches")
@click.argument("terminal")
@click.option("--count", type=click.IntRange(1, 500), default=10, show_default=True)
@click.pass_obj
def batches(tools: OfficeTools, terminal: str, count: int) -> None:
    """A terminal's newest batches with the totals of both sides."""
    for row in tools.registry.batches(terminal, count):
        sides = [_side(row, side, tools.minor_digits) for side in ("host", "terminal")]
        click.echo("\t".join((f"{row.number:06d}", row.state, row.ended_by, _moment(row.opened_at), _moment(row.closed_at), *sides)))


@pos.command("differences")
@click.option("--all", "all_of_them", is_flag=True, help="Also those that were cleared.")
@click.pass_obj
def differences(tools: OfficeTools, all_of_them: bool) -> None:
    """What settlements left for finance, one transaction a line."""
    for row in tools.registry.differences(all_of_them=all_of_them):
        amounts = ["-" if value is None else format_amount(value, tools.minor_digits) for value in (row.host_minor, row.terminal_minor)]
        place = (row.terminal, f"{row.batch:06d}/{row.trace:06d}", row.kind, row.number, *amounts, row.order_number)
        click.echo("\t".join((str(row.id), *place, _moment(row.cleared_at), row.note)))


@pos.command("clear")
@click.argument("number", type=int)
@click.argument("note")
@click.pass_obj
def clear(tools: OfficeTools, number: int, note: str) -> None:
    """Finance has seen to difference NUMBER."""
    tools.registry.clear(number, note)
    tools.say(DONE)


@pos.command("upkeep")
@click.option("--days", type=click.IntRange(1), default=180, show_default=True)
@click.pass_obj
def upkeep(tools: OfficeTools, days: int) -> None:
    """Drop what is older than so many days: lines of the journal, uploads of closed batches, finished reversals."""
    before = tools.now() - timedelta(days=days)
    journal.forget(tools.database, before)
    tools.registry.forget(before)
    tools.say(DONE)


def _side(row: Row[Any], side: str, minor_digits: int) -> str:
    names: Sequence[str] = ("debit_minor", "debit_count", "credit_minor", "credit_count")
    values = [getattr(row, f"{side}_{name}") for name in names]
    if values[0] is None:
        return "-"
    return f"{format_amount(values[0], minor_digits)}/{values[1]} {format_amount(values[2], minor_digits)}/{values[3]}"


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def _read(file: Path) -> str:
    return (sys.stdin.read() if str(file) == "-" else file.read_text("ascii")).strip()


def _secret(file: Path | None, what: str) -> str:
    told: str = click.prompt(what, hide_input=True) if file is None else _read(file)
    return told


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_OCTETS:
        # The text itself may be most of a key: it is not repeated.
        raise OfficeError(Problem.WRONG_CHECK)
    return key
