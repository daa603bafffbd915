"""The main job: a customer's number, an amount, a look at both, the service password, an order."""

from dataclasses import replace

from flask import Blueprint, render_template, request, url_for

from recharge import OrderView, Recognised, Refusal, RefusalCode
from web import ask, i18n
from web.auth import Page, needs_login, signed_in
from web.forms import (
    AMOUNT,
    FIELD_OF,
    FORM,
    LONGEST_NUMBER,
    LONGEST_PASSWORD,
    NUMBER,
    PASSWORD,
    Problems,
    RechargeForm,
    problems_of,
    text_of,
)
from web.leading import lead_to
from web.security import form_token
from web.site import site

blueprint = Blueprint("recharge", __name__)
_ON_FIRST_STEP = (NUMBER, AMOUNT)
# Fewer digits than any number has: still being typed, so nothing is wrong yet.
_UNFINISHED_BELOW = 11


@blueprint.get("/")
@needs_login
def home() -> Page:
    """Sellers sell; others look at orders."""
    return lead_to(url_for(".show" if signed_in().sells else "orders.latest"))


@blueprint.get("/recharge")
@needs_login
def show() -> Page:
    """An empty form under a new token."""
    return first_step(RechargeForm(), Problems())


@blueprint.post("/recharge")
@needs_login
def start() -> Page:
    """The form again with what was typed, to change it."""
    return first_step(RechargeForm.read(request.form), Problems())


@blueprint.post("/recharge/number")
@needs_login
def look_at_number() -> Page:
    """While the number is typed: whose it is, and what is sold for it. Never an error; those come with the next step."""
    form = RechargeForm.read(request.form)
    return render_template("number.html", form=form, **known_of(form.number), problems=Problems())


@blueprint.post("/recharge/confirm")
@needs_login
def confirm() -> Page:
    """The second step: number, carrier, province, amount and price, large. A form that was an order already leads to that order."""
    form = RechargeForm.read(request.form)
    before = ask.told(form.token)
    if before.order is not None and is_same(before.order, form):
        return lead_to(url_for("orders.show", order_number=before.order.order_number))
    # Somebody came back to a form that was used up, by an order for something else or by a refusal: this is another order.
    return second_step(replace(form, token=form_token()) if before.repeated else form)


@blueprint.post("/recharge/order")
@needs_login
def charge() -> Page:
    """The order itself. However often this is sent under one token, it is one order."""
    form = RechargeForm.read(request.form)
    password = text_of(request.form, PASSWORD, LONGEST_PASSWORD)
    if not password:
        return second_step(form, problems_of(Refusal(RefusalCode.PASSWORD_NEEDED), (PASSWORD,)))
    try:
        operation = form.operation(recognised(form).number)
    except Refusal as refusal:
        return first_step(form, problems_of(refusal, _ON_FIRST_STEP)), 422
    reply = ask.ask(operation, form.token, password)
    if reply.refusal is not None:
        return not_taken(form, reply.refusal)
    assert reply.order is not None
    return lead_to(url_for("orders.show", order_number=reply.order.order_number))


def not_taken(form: RechargeForm, refusal: Refusal) -> Page:
    """Back to the step where it can be put right; nothing typed is lost but the password.

    A refusal is remembered under its token, so the next try needs a new one. After BUSY the token stays: nobody can say whether
    the commit was kept, and the same request under the same token is one order either way.
    """
    if refusal.code is RefusalCode.BUSY:
        return second_step(form, problems_of(refusal), 503)
    form = replace(form, token=form_token())
    if refusal.code is RefusalCode.REPEATED_ORDER:
        # The engine says which mark would make it another order; without its word, one more than the last.
        mark = int(refusal.facts.get("repeat_mark", form.repeat_mark + 1))
        return second_step(replace(form, repeat_mark=mark), problems_of(refusal))
    if FIELD_OF.get(refusal.code) in _ON_FIRST_STEP:
        return first_step(form, problems_of(refusal, _ON_FIRST_STEP)), 422
    return second_step(form, problems_of(refusal, (PASSWORD,)))


def first_step(form: RechargeForm, problems: Problems) -> str:
    """Number and amount."""
    return render_template("recharge.html", form=form, **known_of(form.number), problems=problems)


def second_step(form: RechargeForm, problems: Problems | None = None, status: int = 422) -> Page:
    """A look at what will be done, and the service password."""
    try:
        found, amount_minor = recognised(form), form.amount_minor()
        price_minor = site().engine.quote(ask.origin(), found.number, amount_minor)
    except Refusal as refusal:
        return first_step(form, problems_of(refusal, _ON_FIRST_STEP)), 422
    shown = render_template(
        "confirm.html",
        form=form,
        found=found,
        amount_minor=amount_minor,
        price_minor=price_minor,
        problems=problems or Problems(),
        above=FORM,
    )
    return (shown, status) if problems else shown


def recognised(form: RechargeForm) -> Recognised:
    """Whose number it is. Raises Refusal(BAD_NUMBER or UNKNOWN_RANGE)."""
    return site().engine.recognise(form.number)


def known_of(typed: str) -> dict[str, object]:
    """What the page can say of a number, finished or not: `found`, `amounts`, and the text `trouble` where there is one."""
    nothing: dict[str, object] = {"found": None, "amounts": (), "trouble": ""}
    digits = sum(character.isdigit() for character in typed[:LONGEST_NUMBER])
    try:
        found = site().engine.recognise(typed)
    except Refusal as refusal:
        unfinished = refusal.code is RefusalCode.BAD_NUMBER and digits < _UNFINISHED_BELOW
        return nothing | ({} if unfinished else {"trouble": i18n.explained(refusal)})
    return nothing | {"found": found, "amounts": site().engine.amounts(found.number)}


def is_same(order: OrderView, form: RechargeForm) -> bool:
    """Whether an order is what this form asks for."""
    try:
        return (order.number, order.face_minor) == (recognised(form).number, form.amount_minor())
    except Refusal:
        return False
