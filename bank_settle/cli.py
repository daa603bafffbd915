"""`kongchong settle DAY`: runs a day with a progress bar, shows where it stands, signs, closes and opens it again."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from bank_settle import cases
from bank_settle.askers import Door, at_the_console
from bank_settle.banks import reference
from bank_settle.banks.payments import Payments
from bank_settle.configuration import BadConfiguration, read_configuration
from bank_settle.days import CannotReopen, Day, Locked, Overtaken, SomebodyElse, steps_of
from bank_settle.deposit_tickets import CONFIG, ENOUGH_TICKETS, NO_AMOUNT, NO_TICKET_ACCOUNT, ticket_for, ticket_text
from bank_settle.files.errors import BadFile
from bank_settle.files.profile import BadProfile
from bank_settle.house.commission import BadRules
from bank_settle.names import case_state_name, kind_name, scope_name, state_name
from bank_settle.parts import Parts, open_parts
from bank_settle.pipeline import Pipeline
from bank_settle.reports.delivery import NotDelivered
from bank_settle.reports.files import NoFont
from bank_settle.reports.run import write_reports
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say
from bank_settle.waiting import NotYet
from recharge import (
    Engine,
    NoAmountFree,
    NoDepositTickets,
    Refusal,
    RefusalCode,
    TooManyTickets,
    explain,
    format_amount,
    language_of,
    load_settings,
    open_engine,
    parse_amount,
)

DONE, WAITS = _("已完成"), _("等待：{reason}")
HEADS = (_("范围"), _("版本"), _("状态"), _("说明"))
SIGNED, SHUT, OPENED = _("{day}已由{person}签字。"), _("{day}已关账，审计链头 {head}。"), _("{scope} {day}已重开为第{version}版。")
ELSEWHERE, AGAIN = _("另一个进程正在处理：{holder}"), _("这一天刚被别的进程改动，请再试。")
LOCKED, NOT_DONE = _("这一天已关账。"), _("还有未完成的步骤。")
NO_PAYMENTS, PAYMENTS_MADE = _("没有待付的款项。"), _("付款文件 {name}：{count}笔，{amount}元。")
REPORTED = _("报表已写入 {folder}，共{count}个文件。")
_DAY_FORMAT = "%Y-%m-%d"


class DayFirst(click.Group):
    """`settle 2026-11-20` is `settle run 2026-11-20`; what goes wrong is told in one sentence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for place, word in enumerate(args):
            if _is_day(word):
                args = [*args[:place], "run", *args[place:]]
                break
            if word in self.commands:
                break
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except tuple(_TOLD) as error:
            told = next(tell for kind, tell in _TOLD.items() if isinstance(error, kind))
            raise click.ClickException(told(error, _language(ctx))) from error


def _is_day(word: str) -> bool:
    if word == "yesterday":
        return True
    try:
        datetime.strptime(word, _DAY_FORMAT)  # noqa: DTZ007  a date has no zone
    except ValueError:
        return False
    return True


class DayType(click.ParamType[date]):
    """A day as 2026-11-20, or `yesterday` by the business day's own zone."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        if not _is_day(value):
            self.fail(f"{value} is no day like 2026-11-20", param, ctx)
        if value == "yesterday":
            calendar = load_settings().calendar
            return calendar.day_of(datetime.now(calendar.zone)) - timedelta(days=1)
        return datetime.strptime(value, _DAY_FORMAT).date()  # noqa: DTZ007


DAY = DayType()


@dataclass(slots=True)
class Tools:
    """What the commands work with."""

    language: str | None
    config: Path | None

    @contextmanager
    def parts(self) -> Iterator[Parts]:
        """The deployment's parts, closed at the end."""
        if self.config is None:
            raise click.ClickException(f"--config or {CONFIG} is needed")
        settings, configuration = load_settings(), read_configuration(self.config)
        engine = open_engine(settings)
        try:
            yield open_parts(settings, configuration, engine)
        finally:
            engine.close()

    def say(self, text: str, **facts: str | int) -> None:
        """One line in the person's language."""
        click.echo(say(text, self.language, facts))


def _language(ctx: click.Context) -> str | None:
    return ctx.obj.language if isinstance(ctx.obj, Tools) else getattr(ctx.obj, "language", None)


@click.group("settle", cls=DayFirst)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar=CONFIG,
    help="Settings (docs/settlement.md).",
)
@click.pass_context
def settle(ctx: click.Context, config: Path | None) -> None:
    """The day's close: carriers, banks, commission, reports. `settle DAY` runs a day as far as it goes."""
    language = _language(ctx) or language_of(os.environ.get("LC_ALL") or os.environ.get("LANG"))
    ctx.obj = Tools(language, config)


@settle.command("run")
@click.argument("day", type=DAY)
@click.option("--again", multiple=True, help="A scope whose statement is to be fetched anew, as bank:ICBC.")
@click.pass_obj
def run(tools: Tools, day: date, again: Sequence[str]) -> None:
    """Run a day as far as it goes; exit status 2 while something has still to come."""
    with tools.parts() as parts, _bar(parts.configuration.scopes, tools.language) as watch:
        outcomes = Pipeline(parts, watch).run(day, frozenset(again))
    _show([(outcome.day, outcome.waits) for outcome in outcomes], tools.language)
    if any(outcome.waits is not None for outcome in outcomes):
        sys.exit(2)


@settle.command("status")
@click.argument("day", type=DAY)
@click.pass_obj
def status(tools: Tools, day: date) -> None:
    """How far every scope has come, and the day's cases."""
    with tools.parts() as parts:
        _show([(parts.days.read(scope, day), None) for scope in parts.configuration.scopes], tools.language)
        with parts.database.read() as connection:
            found = cases.of_day(connection, day)
        for case in found:
            amount = format_amount(case.effect_minor, parts.minor_digits)
            told = (str(case.id), case.scope, kind_name(case.kind, tools.language), case.reference, amount)
            click.echo("\t".join((*told, case_state_name(case.state, tools.language), case.resolution)))


@settle.command("sign")
@click.argument("day", type=DAY)
@click.option("--person", required=True)
@click.password_option(confirmation_prompt=False)
@click.pass_obj
def sign(tools: Tools, day: date, person: str, password: str) -> None:
    """Finance signs a day that is done."""
    with tools.parts() as parts:
        code = _proved(parts, person, password)
        Pipeline(parts).sign(day, code)
    tools.say(SIGNED, day=str(day), person=code)


@settle.command("close")
@click.argument("day", type=DAY)
@click.option("--person", required=True)
@click.password_option(confirmation_prompt=False)
@click.pass_obj
def close(tools: Tools, day: date, person: str, password: str) -> None:
    """A second person closes what finance signed. Write the head down where this machine's users cannot reach it."""
    with tools.parts() as parts:
        facts = Pipeline(parts).close(day, _proved(parts, person, password))
        # The head first: it is to be written down, whatever becomes of the reports.
        tools.say(SHUT, day=str(day), head=str(facts["head"]))
        write_reports(parts, day)


@settle.command("reopen")
@click.argument("scope")
@click.argument("day", type=DAY)
@click.option("--maker", required=True)
@click.option("--checker", required=True)
@click.option("--reason", required=True)
@click.pass_obj
def reopen(tools: Tools, scope: str, day: date, maker: str, checker: str, reason: str) -> None:
    """Two people open a closed scope again, as its next version; both are asked for their passwords."""
    with tools.parts() as parts:
        people = [_proved(parts, person, click.prompt(person, hide_input=True)) for person in (maker, checker)]
        again = Pipeline(parts).reopen(scope, day, people[0], people[1], reason)
    tools.say(OPENED, scope=scope, day=str(day), version=again.version)


@settle.command("report")
@click.argument("day", type=DAY)
@click.pass_obj
def report(tools: Tools, day: date) -> None:
    """Write the day's reports: XLSX, PDF and CSV."""
    with tools.parts() as parts:
        written = write_reports(parts, day)
    tools.say(REPORTED, folder=str(written[0].parent), count=len(written))


@settle.command("payments")
@click.argument("account")
@click.argument("day", type=DAY)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder of the bank's front end.")
@click.pass_obj
def payments(tools: Tools, account: str, day: date, out: Path) -> None:
    """Put all approved payments of an account into one file."""
    with tools.parts() as parts:
        desk = Payments(parts, parts.configuration.bank(f"bank:{account}"))
        made = desk.make_file(day)
        if made is None:
            tools.say(NO_PAYMENTS)
            return
        name = f"{made.message_id}.{'txt' if desk.form == 'batch' else 'xml'}"
        (out / name).write_bytes(desk.regenerate(made.message_id))
        tools.say(PAYMENTS_MADE, name=name, count=made.count, amount=format_amount(made.total_minor, parts.minor_digits))


@settle.command("answer")
@click.argument("account")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def answer(tools: Tools, account: str, file: Path) -> None:
    """Take in what the bank says of a payment file: pain.002 or a batch's return file."""
    with tools.parts() as parts:
        Payments(parts, parts.configuration.bank(f"bank:{account}")).take_answer(file)
    tools.say(DONE)


@settle.command("reference")
@click.argument("party_code")
def make_reference(party_code: str) -> None:
    """The reference an agent writes on its transfers."""
    click.echo(reference.make(party_code))


@settle.command("ticket")
@click.argument("party_code")
@click.argument("amount")
@click.pass_obj
def ticket(tools: Tools, party_code: str, amount: str) -> None:
    """Reserve an exact amount for an agent's transfer; the same question again gets the same answer while it runs."""
    with tools.parts() as parts:
        if party_code not in {party.code for party in parts.books.parties()}:
            raise LookupError(f"no party {party_code}")
        wanted_minor = parse_amount(amount, parts.minor_digits)
        made = ticket_for(parts.configuration, parts.database, party_code, wanted_minor, parts.clock.now())
        click.echo(ticket_text(made, parts.books.calendar.zone, parts.minor_digits, tools.language))


def _proved(parts: Parts, person: str, password: str) -> str:
    """The person's code as the books have it, not as it was typed: fin1 and FIN1 are one person, who may not be maker and checker."""
    asker = at_the_console(person, password)
    Door(parts.engine).prove(asker)
    assert isinstance(parts.engine, Engine), "the command line works with the engine itself"
    known = parts.engine.endpoint_named(asker.kind, asker.identity)
    if known is None or known.person is None:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    return known.person.code


@contextmanager
def _bar(scopes: Sequence[str], language: str | None) -> Iterator[Any]:
    """One line a scope: its step, how many of its steps are done, how many lines the step has seen."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"), TextColumn("{task.fields[seen]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        bars: dict[str, TaskID] = {
            scope: progress.add_task(scope_name(scope, language), total=len(steps_of(scope)), step="", seen="") for scope in scopes
        }

        def watch(scope: str, step: str, seen: int) -> None:
            if step:
                place = steps_of(scope).index(step)
                progress.update(bars[scope], completed=place, step=state_name(step, language), seen="")
            else:
                progress.update(bars[scope], seen=f"{seen:,}")

        yield watch


def _show(found: Sequence[tuple[Day, NotYet | None]], language: str | None) -> None:
    table = Table(*(say(head, language) for head in HEADS))
    for day, waits in found:
        told = say(WAITS, language, {"reason": waits.told(language)}) if waits else say(DONE, language) if day.ready else ""
        table.add_row(scope_name(day.scope, language), str(day.version), state_name(day.state, language), told)
    Console().print(table)


def _plain(error: Exception, _language: str | None) -> str:
    return str(error)


_TOLD: dict[type[Exception], Any] = {
    NotYet: lambda error, language: error.told(language),
    SomebodyElse: lambda error, language: say(ELSEWHERE, language, {"holder": error.holder}),
    Overtaken: lambda _, language: say(AGAIN, language),
    CannotReopen: lambda error, language: error.told(language),
    Locked: lambda _, language: say(LOCKED, language),
    BadFile: lambda error, language: error.told(language),
    NotDelivered: lambda error, language: error.told(language),
    NoFont: _plain,
    Refusal: explain,
    BadConfiguration: _plain,
    BadProfile: _plain,
    BadRules: _plain,
    TooManyTickets: lambda _, language: say(ENOUGH_TICKETS, language),
    NoAmountFree: lambda _, language: say(NO_AMOUNT, language),
    NoDepositTickets: lambda _, language: say(NO_TICKET_ACCOUNT, language),
    LookupError: _plain,
    ValueError: _plain,
}
