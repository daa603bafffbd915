"""Finance's pages: days, cases, payments, reports. They hang into the site by entry point and know none of its modules."""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, send_from_directory, url_for
from werkzeug.wrappers import Response

from bank_settle import cases, names
from bank_settle.askers import Door
from bank_settle.banks import tickets
from bank_settle.banks.payments import BadPayment, Payee, Payments
from bank_settle.board import board_of, chart_of
from bank_settle.carriers.kinds import money_word
from bank_settle.cases import Case, age_band
from bank_settle.configuration import read_configuration
from bank_settle.days import Overtaken, SomebodyElse
from bank_settle.deposit_tickets import CONFIG, ENOUGH_TICKETS, NO_AMOUNT, NO_TICKET_ACCOUNT, ticket_for, ticket_text
from bank_settle.parts import Asker, Parts, open_parts
from bank_settle.people import Action, NotPossible, People, possible
from bank_settle.pipeline import Outcome, Pipeline
from bank_settle.reports.delivery import NotDelivered
from bank_settle.reports.files import NoFont
from bank_settle.reports.run import write_reports
from bank_settle.reports.sheet import yuan
from bank_settle.terminals.steps import compared_of
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say
from bank_settle.waiting import NotYet
from recharge import (
    BadAmount,
    Channel,
    Endpoint,
    NoAmountFree,
    NoDepositTickets,
    Refusal,
    Role,
    ServicePassword,
    TooManyTickets,
    explain,
    load_settings,
    parse_amount,
)

READERS = frozenset({Role.FINANCE, Role.AUDITOR, Role.OPERATIONS})
ACTORS = frozenset({Role.FINANCE, Role.OPERATIONS})
_PARTS = "kongchong.settle"
_DAYS_SHOWN = 14
_REPORT = frozenset({".xlsx", ".pdf", ".csv"})
TAB = _("日结")
NOT_SET_UP = _("这台服务器没有配置日结（KONGCHONG_SETTLE_CONFIG）。")
BAD_FIELD = _("这一项填得不对：{field}")
BUSY = _("另一个进程正在处理这一天，请稍后再试。")
IMPOSSIBLE = _("这个处理不适用于这笔差错，或没有写明原因。")
WAITING = _("{scope}：{reason}")
NO_FONT = _("这台服务器没有中文字体，不能制作 PDF（apt-get install fonts-wqy-microhei）。")
DONE = _("已完成。")
_SENTENCES: Mapping[type[Exception], str] = {
    SomebodyElse: BUSY,
    Overtaken: BUSY,
    TooManyTickets: ENOUGH_TICKETS,
    NoAmountFree: NO_AMOUNT,
    NoDepositTickets: NO_TICKET_ACCOUNT,
    NotPossible: IMPOSSIBLE,
    NoFont: NO_FONT,
}
Parameters = ParamSpec("Parameters")
Page = str | Response | tuple[str, int]

blueprint = Blueprint("finance", __name__, url_prefix="/finance", template_folder="templates")


def tab(endpoint: Endpoint, language: str) -> tuple[str, str, str] | None:
    """The menu's entry, for those who may look."""
    return ("finance.board", "report-money", say(TAB, language)) if endpoint.role in READERS else None


blueprint.tab = tab  # type: ignore[attr-defined]  # the site looks for it here


def for_finance(page: Callable[Parameters, Page]) -> Callable[Parameters, Page]:
    """A page for finance, operations and auditors; what goes wrong is told above it."""

    @wraps(page)
    def guarded(*arguments: Parameters.args, **named: Parameters.kwargs) -> Page:
        login = g.get("login")
        if login is None:
            return redirect(url_for("login.show"), 303)
        if login.endpoint.role not in (READERS if request.method == "GET" else ACTORS):
            abort(403)
        return page(*arguments, **named)

    return guarded


def parts() -> Parts:
    """The close's parts over the site's own engine."""
    if _PARTS not in current_app.extensions:
        if not os.environ.get(CONFIG):
            abort(503, say(NOT_SET_UP, None))
        configuration = read_configuration(Path(os.environ[CONFIG]))
        current_app.extensions[_PARTS] = open_parts(load_settings(), configuration, current_app.extensions["kongchong"].engine)
    made = current_app.extensions[_PARTS]
    assert isinstance(made, Parts)
    return made


def asker() -> Asker:
    """Who acts: the signed-in person, with the service password typed with the form."""
    endpoint: Endpoint = g.login.endpoint
    if endpoint.person is None:
        abort(403)
    password = ServicePassword(request.form.get("password", ""))
    return Asker(endpoint.person.code, Channel.WEB, endpoint.kind, endpoint.identity, password)


def language_of_page() -> str:
    """The language that the site shows this page in."""
    return str(current_app.jinja_env.globals["language"]())  # type: ignore[operator]


def show(template: str, **facts: Any) -> str:
    """A page in the person's language."""
    language = language_of_page()
    digits = parts().minor_digits
    tools = {
        "banks": parts().configuration.banks,
        "token": secrets.token_urlsafe(24),
        "wording": lambda text, **said: say(text, language, said),
        "kind_of": lambda kind: names.kind_name(kind, language),
        "state_of": lambda state: names.state_name(state, language),
        "case_state": lambda state: names.case_state_name(state, language),
        "resolution_of": lambda how: names.resolution_name(how, language),
        "scope_of": lambda scope: names.scope_name(scope, language),
        "yuan": lambda amount: "" if amount is None else yuan(amount, digits),
        "local": _local,
        "local_of": lambda stored: _local(stored.replace(tzinfo=UTC)),
        "sign_of": lambda effect: say(word, language) if (word := money_word(effect)) else "",
        "may_act": g.login.endpoint.role in ACTORS,
        "said": request.args.get("said", ""),
    }
    return render_template(f"finance/{template}", **tools, **facts)


def today() -> date:
    """The business date now."""
    return parts().books.calendar.day_of(parts().clock.now())


def attempt(work: Callable[[], object]) -> str:
    """Do something a person asked for; what to tell him: a text that the work gives back, or that it is done."""
    language = language_of_page()
    try:
        told = work()
    except Refusal as refusal:
        return explain(refusal, language)
    except (NotYet, NotDelivered) as waits:
        return waits.told(language)
    except tuple(_SENTENCES) as error:
        return say(_SENTENCES[type(error)], language)
    except (BadPayment, BadAmount, ValueError, LookupError) as error:
        return say(BAD_FIELD, language, {"field": str(error)[:60]})
    return told if isinstance(told, str) else say(DONE, language)


@blueprint.get("/")
@for_finance
def board() -> Page:
    """The latest days: what is done, what blocks, who signed."""
    days = [today() - timedelta(days=back) for back in range(_DAYS_SHOWN)]
    rows = board_of(parts(), days)
    with parts().database.read() as connection:
        left = cases.unresolved(connection)
    return show("board.html", rows=rows, scopes=parts().configuration.scopes, chart=chart_of(rows), open_cases=len(left),
                waiting=People(parts()).waiting())  # fmt: skip


@blueprint.get("/day/<day>")
@for_finance
def one_day(day: str) -> Page:
    """A day: every scope's steps and figures, its cases, its reports."""
    date_of = _day(day)
    with parts().database.read() as connection:
        found = cases.of_day(connection, date_of)
    scopes = [parts().days.read(scope, date_of) for scope in parts().configuration.scopes]
    batches = [item for day_of in scopes if day_of.scope.startswith("channel:") for item in compared_of(parts(), day_of)]
    return show(
        "day.html",
        day=date_of,
        scopes=scopes,
        batches=batches,
        versions=parts().days.versions(date_of),
        found=found,
        files=_reports(date_of),
    )


@blueprint.post("/day/<day>")
@for_finance
def act_on_day(day: str) -> Page:
    """Run, sign or close a day, or write its reports."""
    date_of, what, person = _day(day), request.form.get("what", ""), asker()
    pipeline = Pipeline(parts())

    def work() -> object:
        if what == "report":
            return write_reports(parts(), date_of)
        # A run credits deposits and books commission: like a signature it asks who it is.
        code = Door(parts().engine).prove(person)
        ways: Mapping[str, Callable[[], object]] = {
            "run": lambda: _waits_for(pipeline.run(date_of)),
            "sign": lambda: pipeline.sign(date_of, code),
            "close": lambda: pipeline.close(date_of, code),
        }
        return ways[what]()

    return redirect(url_for("finance.one_day", day=day, said=attempt(work)), 303)


def _waits_for(outcomes: Sequence[Outcome]) -> str | None:
    """What a day's scopes wait for, in a line; nothing where all are done."""
    language = language_of_page()
    waiting = [
        say(WAITING, language, {"scope": names.scope_name(outcome.day.scope, language), "reason": outcome.waits.told(language)})
        for outcome in outcomes
        if outcome.waits
    ]
    return " · ".join(waiting) or None


@blueprint.get("/day/<day>/<int:version>/<name>")
@for_finance
def report(day: str, version: int, name: str) -> Page:
    """One report's file."""
    if Path(name).suffix not in _REPORT:
        abort(404)
    return send_from_directory(parts().configuration.reports.resolve() / f"{_day(day):%Y%m%d}" / f"v{version}", name, as_attachment=True)


@blueprint.get("/cases")
@for_finance
def all_cases() -> Page:
    """Every case that is not ended, the oldest first."""
    with parts().database.read() as connection:
        left = cases.unresolved(connection)
    return show("cases.html", rows=[(case, age_band(case.age(today()))) for case in left])


@blueprint.get("/case/<int:number>")
@for_finance
def one_case(number: int) -> Page:
    """A case with all that is known of it, and what can be done."""
    case = _case(number)
    return show("case.html", case=case, proposed=People(parts()).of(number), actions=possible(case))


@blueprint.post("/case/<int:number>")
@for_finance
def act_on_case(number: int) -> Page:
    """Propose an action, or decide on one."""
    people, person, form = People(parts()), asker(), request.form

    def work() -> None:
        action = Action(form.get("action", ""))
        if form.get("decision"):
            Door(parts().engine).prove(person)
            people.decide(number, action, person, today(), approve=form["decision"] == "approve")
        else:
            if action is Action.EXPLAIN:
                Door(parts().engine).prove(person)
            people.propose(number, action, person, form.get("note", ""), form.get("party", "").strip())

    return redirect(url_for("finance.one_case", number=number, said=attempt(work)), 303)


@blueprint.get("/payments/<account>")
@for_finance
def payments(account: str) -> Page:
    """An account's payments out."""
    return show("payments.html", account=account, items=_payments(account).items())


@blueprint.post("/payments/<account>")
@for_finance
def act_on_payments(account: str) -> Page:
    """Propose a payment, approve one, or give a rejected one back."""
    desk, person, form = _payments(account), asker(), request.form

    def work() -> None:
        number = form.get("number", "")
        if number:
            {"approve": desk.approve, "back": desk.propose_back, "approve_back": desk.approve_back}[form.get("what", "")](number, person)
            return
        payee = Payee(form.get("name", "").strip(), form.get("payee_account", "").strip(), form.get("bank_code", "").strip())
        amount = parse_amount(form.get("amount", ""), parts().minor_digits)
        desk.propose(form.get("debited", ""), amount, payee, form.get("purpose", "").strip(), form.get("token", ""), person)

    return redirect(url_for("finance.payments", account=account, said=attempt(work)), 303)


def _local(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(parts().books.calendar.zone):%Y-%m-%d %H:%M}"


@blueprint.get("/tickets")
@for_finance
def open_tickets() -> Page:
    """Deposit tickets that are waited for."""
    with parts().database.read() as connection:
        rows = tickets.open_tickets(connection, parts().clock.now())
    return show("tickets.html", rows=rows)


@blueprint.post("/tickets")
@for_finance
def open_a_ticket() -> Page:
    """One for an agent that asks by telephone. Nothing is posted; the same again is the same ticket."""
    code, made = request.form.get("party", "").strip(), parts()
    language = language_of_page()

    def work() -> str:
        if code not in {party.code for party in made.books.parties() if party.kind != "platform"}:
            raise LookupError(code)
        wanted_minor = parse_amount(request.form.get("amount", ""), made.minor_digits)
        ticket = ticket_for(made.configuration, made.database, code, wanted_minor, made.clock.now())
        return ticket_text(ticket, made.books.calendar.zone, made.minor_digits, language)

    return redirect(url_for("finance.open_tickets", said=attempt(work)), 303)


def _payments(account: str) -> Payments:
    found = next((bank for bank in parts().configuration.banks if bank.account == account), None)
    if found is None:
        abort(404)
    return Payments(parts(), found)


def _case(number: int) -> Case:
    with parts().database.read() as connection:
        try:
            return cases.one(connection, number)
        except LookupError:
            abort(404)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)


def _reports(day: date) -> list[tuple[int, str]]:
    folder = parts().configuration.reports / f"{day:%Y%m%d}"
    found = [(int(path.parent.name[1:]), path.name) for path in folder.glob("v*/*") if path.suffix in _REPORT]
    return sorted(found, key=lambda item: (-item[0], item[1]))
