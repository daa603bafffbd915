"""The point's own account: balances, the day so far, and the service password."""

from flask import Blueprint, render_template, request

from recharge import ChangePassword, DayRecap, Refusal, RefusalCode
from web import ask
from web.auth import Page, needs_login
from web.forms import FORM, NEW_PASSWORD, PASSWORD, Fields, PasswordForm, Problems, RechargeForm, problems_of
from web.security import form_token
from web.site import site

blueprint = Blueprint("account", __name__)


@blueprint.get("/balance")
@needs_login
def balance() -> Page:
    """Deposit, commission, and the day's counts and sums."""
    return render_template("balance.html", balances=ask.balances(), recap=ask.answer(DayRecap()).recap)


@blueprint.get("/password")
@needs_login
def before_change() -> Page:
    """The form for a new service password."""
    return password_page(form_token(), Problems(), None)


@blueprint.post("/password/first")
@needs_login
def before_first_change() -> Page:
    """The same, reached from a recharge that a temporary password stopped; what was typed waits here."""
    return password_page(form_token(), Problems(), waiting_recharge(request.form))


@blueprint.post("/password")
@needs_login
def change() -> Page:
    """Set the new one."""
    form, waiting = PasswordForm.read(request.form), waiting_recharge(request.form)
    problems = form.problems()
    if problems:
        return password_page(form.token, problems, waiting)
    refusal = ask.ask(ChangePassword(form.new), form.token, form.old).refusal
    if refusal is None:
        return render_template("password_changed.html", waiting=waiting)
    token = form.token if refusal.code is RefusalCode.BUSY else form_token()
    return password_page(token, problems_of(refusal, (PASSWORD, NEW_PASSWORD)), waiting)


def waiting_recharge(fields: Fields) -> RechargeForm | None:
    """A recharge that waits for the new password: its typed number and amount, under a token of its own."""
    if not fields.get("number"):
        return None
    waiting = RechargeForm.read({**fields, "token": form_token(), "repeat_mark": fields.get("repeat_mark", "0")})
    try:
        site().engine.recognise(waiting.number)
        waiting.amount_minor()
    except Refusal:
        return None
    return waiting


def password_page(token: str, problems: Problems, waiting: RechargeForm | None) -> Page:
    """The form; no password is ever shown again."""
    shown = render_template("password.html", token=token, problems=problems, waiting=waiting, above=FORM)
    return (shown, 503 if problems.code == RefusalCode.BUSY.value else 422) if problems else shown
