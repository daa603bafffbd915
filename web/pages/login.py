"""Signing in and out."""

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext

from recharge import Endpoint, Refusal, RefusalCode
from web import i18n
from web.auth import Page, current_login, needs_login, sign_in, sign_out
from web.errors import PageTooOld
from web.forms import LONGEST_NAME, LONGEST_SECRET, PASSWORD, Problems, problems_of
from web.leading import lead_to
from web.site import site

blueprint = Blueprint("login", __name__)
NAME = "name"


@blueprint.get("/login")
def show() -> Page:
    """The door. Whoever is in already goes on."""
    if current_login() is not None:
        return lead_to(url_for("recharge.home"))
    return page("", Problems())


@blueprint.post("/login")
def enter() -> Page:
    """Open a session for the right name and password. The engine counts tries and slows down whoever guesses."""
    name, secret = request.form.get(NAME, "").strip(), request.form.get(PASSWORD, "")
    if len(name) > LONGEST_NAME or len(secret) > LONGEST_SECRET:
        raise PageTooOld
    problems = problems_seen(name, secret)
    if problems:
        return page(name, problems), 422
    try:
        endpoint = site().engine.sign_in(name, secret)
    except Refusal as refusal:
        return page(name, sign_in_problems(refusal)), 503 if refusal.code is RefusalCode.BUSY else 422
    sign_in(endpoint, language_for(endpoint))
    return lead_to(url_for("recharge.home"))


@blueprint.post("/logout")
@needs_login
def leave() -> Page:
    """End this session, or all of this login's."""
    sign_out(everywhere=request.form.get("everywhere") == "yes")
    return lead_to(url_for(".show"))


def problems_seen(name: str, secret: str) -> Problems:
    """What the page sees by itself."""
    found = Problems()
    if not name:
        found.missing(NAME, gettext("请输入登录名。"))
    if not secret:
        found.missing(PASSWORD, gettext("请输入登录密码。"))
    return found


def sign_in_problems(refusal: Refusal) -> Problems:
    """One wording for a name nobody has and for a wrong password, so that names cannot be collected here."""
    if refusal.code in {RefusalCode.WRONG_PASSWORD, RefusalCode.UNKNOWN_ENDPOINT}:
        return Problems({PASSWORD: gettext("登录名或密码不对，请重新输入。")}, refusal)
    return problems_of(refusal)


def language_for(endpoint: Endpoint) -> str:
    """What the person chose here before, else what his login says."""
    known = i18n.COOKIE in request.cookies or endpoint.language not in i18n.offered()
    return i18n.language() if known else endpoint.language


def page(name: str, problems: Problems) -> str:
    """The sign-in page; the name stays, the password does not."""
    return render_template("login.html", name=name, problems=problems)
