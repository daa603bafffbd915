"""A deposit to come: the point says how much it wants to transfer, and is told the exact amount that will be known as its own."""

import logging

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext

from recharge import DepositTicket, NoAmountFree, NoDepositTickets, Refusal, RefusalCode, TooManyTickets, open_deposit_ticket
from web import i18n
from web.auth import Page, needs_login, signed_in
from web.forms import AMOUNT, FORM, LONGEST_AMOUNT, Problems, problems_of, text_of
from web.site import site

blueprint = Blueprint("deposit", __name__)
_log = logging.getLogger(__name__)


@blueprint.get("/deposit")
@needs_login
def show() -> Page:
    """An empty form."""
    return page("", None, Problems())


@blueprint.post("/deposit")
@needs_login
def open_ticket() -> Page:
    """The ticket. Nothing is posted: the same amount again, however often, is the same ticket while it runs."""
    typed = text_of(request.form, AMOUNT, LONGEST_AMOUNT)
    problems = Problems()
    try:
        return page(typed, _ticket(typed), problems)
    except Refusal as refusal:
        problems = problems_of(refusal, (AMOUNT,))
    except NoAmountFree:
        problems.missing(AMOUNT, gettext("这个金额附近已经约满，请换一个金额再试。"))
    except TooManyTickets as error:
        problems.missing(FORM, gettext("您有 %(count)s 笔预约转账还没有到账，请先转账，或等预约过期。", count=error.most))
    except NoDepositTickets as error:
        _log.warning("a deposit ticket was asked for: %s", error)
        problems.missing(FORM, gettext("这里没有开通预约转账金额，请按平时的办法存款。"))
    return page(typed, None, problems)


def _ticket(typed: str) -> DepositTicket:
    """Raises Refusal(BAD_AMOUNT or BUSY), NoDepositTickets, NoAmountFree or TooManyTickets."""
    try:
        wanted_minor = i18n.typed_amount(typed)
        return open_deposit_ticket(site().engine.database, signed_in().endpoint.party.code, wanted_minor, site().now())
    except ValueError as error:
        raise Refusal(RefusalCode.BAD_AMOUNT) from error


def page(typed: str, ticket: DepositTicket | None, problems: Problems) -> Page:
    """The form, and the ticket where there is one. The platform's own staff open tickets for agents at finance's page."""
    if not signed_in().sells:
        abort(403)
    shown = render_template("deposit.html", typed=typed, ticket=ticket, problems=problems)
    return (shown, 503 if problems.code == RefusalCode.BUSY.value else 422) if problems else shown
