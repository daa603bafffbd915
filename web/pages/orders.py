"""Orders: the latest, one with its story as it goes on, taking one back on the same day, complaining about one."""

from datetime import timedelta

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext

from recharge import Complaint, OrderEnquiry, OrderKind, OrderState, OrderView, Refusal, RefusalCode, Reverse
from web import ask
from web.auth import Page, needs_login, signed_in, watching
from web.forms import FORM, LONGEST_COMPLAINT, LONGEST_NUMBER, LONGEST_PASSWORD, PASSWORD, Problems, long_text_of, problems_of, text_of
from web.leading import lead_to
from web.security import form_token, good_token
from web.site import site

blueprint = Blueprint("orders", __name__, url_prefix="/orders")
COUNT = 50
FIRST_LOOK_SECONDS = 0.5
_MOVING = frozenset({OrderState.HELD, OrderState.SENDING, OrderState.UNKNOWN, OrderState.REVERSING})
_OUTWARD = frozenset({OrderKind.RECHARGE, OrderKind.BILL_PAYMENT})
# The engine knows the day's end and the house's rules; the button just does not stand beside old orders.
_REVERSIBLE_FOR = timedelta(hours=24)
# How often a page looks, by the order's age: a customer stands at the counter in the beginning only.
_LOOK_EVERY = ((timedelta(seconds=30), 1), (timedelta(minutes=10), 5), (timedelta.max, 30))


@blueprint.get("")
@needs_login
def latest() -> Page:
    """The latest orders, newest first."""
    return listing(Problems(), "")


@blueprint.post("/find")
@needs_login
def find() -> Page:
    """One order by its number, or the latest for a customer's number."""
    wanted = text_of(request.form, "wanted", LONGEST_NUMBER)
    order = find_one(wanted)
    if order is None:
        return listing(problems_of(Refusal(RefusalCode.UNKNOWN_ORDER), ()), wanted), 404
    return lead_to(url_for(".show", order_number=order.order_number))


def find_one(wanted: str) -> OrderView | None:
    """By the customer's number where it is one, else by the order's."""
    try:
        enquiry = OrderEnquiry(number=site().engine.recognise(wanted).number)
    except Refusal:
        enquiry = OrderEnquiry(order_number=wanted)
    reply = ask.ask(enquiry)
    if reply.refusal is not None and reply.refusal.code is RefusalCode.BUSY:
        raise reply.refusal
    return reply.order


def listing(problems: Problems, wanted: str) -> str:
    """The list, with the search above it."""
    return render_template("orders.html", orders=ask.latest_orders(COUNT), problems=problems, wanted=wanted, above=FORM)


@blueprint.get("/<order_number>")
@needs_login
def show(order_number: str) -> Page:
    """One order. A new one is given a moment to end, so that most pages show the end at once."""
    order = ask.own_order(order_number)
    if order.state in _MOVING:
        order = site().engine.wait(order.order_number, FIRST_LOOK_SECONDS)
    return render_template("order.html", **facts_of(order), done=done_text(request.args.get("done", "")))


@blueprint.get("/<order_number>/state")
@needs_login
@watching
def state(order_number: str) -> Page:
    """The part of the page that asks for itself again until the order has ended."""
    return render_template("order_body.html", **facts_of(ask.own_order(order_number)))


@blueprint.get("/<order_number>/reverse")
@needs_login
def before_reversal(order_number: str) -> Page:
    """What taking it back means, and the service password."""
    return reversal_page(ask.own_order(order_number), form_token(), Problems())


@blueprint.post("/<order_number>/reverse")
@needs_login
def reverse(order_number: str) -> Page:
    """Ask the carrier to take it back."""
    order, token = ask.own_order(order_number), good_token(request.form.get("token", ""))
    password = text_of(request.form, PASSWORD, LONGEST_PASSWORD)
    if not password:
        return reversal_page(order, token, problems_of(Refusal(RefusalCode.PASSWORD_NEEDED), (PASSWORD,)))
    refusal = ask.ask(Reverse(order_number=order.order_number), token, password).refusal
    if refusal is None:
        return lead_to(url_for(".show", order_number=order.order_number))
    token = token if refusal.code is RefusalCode.BUSY else form_token()
    return reversal_page(order, token, problems_of(refusal, (PASSWORD,)))


@blueprint.get("/<order_number>/complaint")
@needs_login
def before_complaint(order_number: str) -> Page:
    """Room to say what is wrong."""
    return complaint_page(ask.own_order(order_number), form_token(), "", Problems())


@blueprint.post("/<order_number>/complaint")
@needs_login
def complain(order_number: str) -> Page:
    """Hand the complaint in."""
    order, token = ask.own_order(order_number), good_token(request.form.get("token", ""))
    text = long_text_of(request.form, "text", LONGEST_COMPLAINT)
    if not text:
        return complaint_page(order, token, text, Problems({"text": gettext("请写下哪里不对。")}))
    refusal = ask.ask(Complaint(order.order_number, text), token).refusal
    if refusal is None:
        return lead_to(url_for(".show", order_number=order.order_number, done="complaint"))
    token = token if refusal.code is RefusalCode.BUSY else form_token()
    return complaint_page(order, token, text, problems_of(refusal))


def reversal_page(order: OrderView, token: str, problems: Problems) -> Page:
    """The page before a reversal."""
    shown = render_template("reverse.html", order=order, token=token, problems=problems, above=FORM)
    return (shown, status_of(problems)) if problems else shown


def complaint_page(order: OrderView, token: str, text: str, problems: Problems) -> Page:
    """The page before a complaint."""
    shown = render_template("complaint.html", order=order, token=token, text=text, problems=problems, above=FORM, longest=LONGEST_COMPLAINT)
    return (shown, status_of(problems)) if problems else shown


def status_of(problems: Problems) -> int:
    """503 where the same form may be sent again as it is, 422 where it has to be put right."""
    return 503 if problems.code == RefusalCode.BUSY.value else 422


def facts_of(order: OrderView) -> dict[str, object]:
    """What the page of an order shows: itself, its messages, what may be done, the balance after it, when to look again."""
    age = site().now() - order.held_at
    moving = order.state in _MOVING
    return {
        "order": order,
        "messages": site().engine.messages_of(order.order_number),
        "moving": moving,
        "look_every": next(seconds for limit, seconds in _LOOK_EVERY if age < limit),
        "reversible": may_reverse(order, age),
        "balance_minor": None if moving else ask.balances().balance_minor,
    }


def may_reverse(order: OrderView, age: timedelta) -> bool:
    """Whether the button to take it back is shown."""
    return order.state is OrderState.SUCCEEDED and order.kind in _OUTWARD and age < _REVERSIBLE_FOR and signed_in().sells


def done_text(done: str) -> str:
    """What a page says of what was just done; addresses carry a word, never a text."""
    return gettext("投诉已交到客服，会有人与您联系。") if done == "complaint" else ""
