"""Who asks: the signed-in login of a request, the cookies that carry it, and the one place that says whose order may be looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from flask import Flask, Response, g, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from recharge import Endpoint, Role
from web import i18n
from web.leading import lead_to
from web.sessions import Session
from web.site import site

Parameters = ParamSpec("Parameters")
Page = str | BaseResponse | tuple[str, int]
SELLERS = frozenset({Role.OWNER, Role.SALESPERSON})
_YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Login:
    """A request's session and the endpoint behind it as it stands now."""

    session: Session
    endpoint: Endpoint

    @property
    def sells(self) -> bool:
        """Whether this person may sell; the platform's own staff may not."""
        return self.endpoint.role in SELLERS


def install(app: Flask) -> None:
    """Let an application know who asks, before anything else, and keep its cookies."""
    app.before_request(recognise_login)
    app.after_request(keep_cookies)
    app.context_processor(lambda: {"login": current_login()})


def recognise_login() -> None:
    """Find out who asks. A session whose login or party was blocked since ends here, in this very request."""
    token = request.cookies.get(session_cookie(), "")
    g.login = _login_of(token) if token and request.endpoint != "static" else None
    if g.login is not None:
        g.browser_token = token
        if i18n.COOKIE not in request.cookies:
            g.language = g.login.session.language
    elif visitor := request.cookies.get(visitor_cookie()):
        g.browser_token = visitor


def _login_of(token: str) -> Login | None:
    found = site().sessions.find(token, site().now())
    if found is None:
        return None
    endpoint = site().engine.endpoint(found.endpoint_id)
    if endpoint is None or endpoint.stopped:
        site().sessions.end(found)
        return None
    return Login(found, endpoint)


def current_login() -> Login | None:
    """The login of this request, if anybody is signed in."""
    login = g.get("login")
    assert login is None or isinstance(login, Login)
    return login


def signed_in() -> Login:
    """The login of a request that only signed-in people can make."""
    login = current_login()
    assert login is not None
    return login


def needs_login(page: Callable[Parameters, Page]) -> Callable[Parameters, Page]:
    """A page for signed-in people: anybody else is led to the door."""

    @wraps(page)
    def guarded(*arguments: Parameters.args, **named: Parameters.kwargs) -> Page:
        login = current_login()
        if login is None:
            return lead_to(url_for("login.show"), 401)
        if not getattr(page, "is_watching", False):
            site().sessions.touch(login.session, site().now())
        return page(*arguments, **named)

    return guarded


def watching(page: Callable[Parameters, Page]) -> Callable[Parameters, Page]:
    """Marks what a page asks for by itself, again and again: it keeps no session awake."""
    page.is_watching = True  # type: ignore[attr-defined]
    return page


def sign_in(endpoint: Endpoint, language: str) -> None:
    """Open a session under a new token; the one this browser had, if any, ends."""
    old = current_login()
    if old is not None:
        site().sessions.end(old.session)
    opened = site().sessions.open(endpoint.id, language, request.remote_addr or "", site().now())
    g.login, g.browser_token, g.session_cookie = Login(opened, endpoint), opened.token, opened.token
    # The passing secret of the sign-in form has done its work.
    g.new_browser_token = ""


def sign_out(everywhere: bool) -> None:
    """End this session, or every session of its login."""
    login = signed_in()
    if everywhere:
        site().sessions.end_all(login.endpoint.id)
    else:
        site().sessions.end(login.session)
    g.login, g.session_cookie = None, ""


def keep_cookies(response: Response) -> Response:
    """Write the cookies this request changed."""
    _keep(response, session_cookie(), g.get("session_cookie"))
    _keep(response, visitor_cookie(), g.get("new_browser_token"))
    if "chosen_language" in g:
        _keep(response, i18n.COOKIE, g.chosen_language, _YEAR_SECONDS)
    return response


def _keep(response: Response, name: str, value: str | None, seconds: int | None = None) -> None:
    """Set a cookie; "" takes it away, None leaves it alone."""
    if value is None:
        return
    age = 0 if value == "" else seconds
    response.set_cookie(name, value, max_age=age, path="/", secure=site().options.secure, httponly=True, samesite="Lax")


def session_cookie() -> str:
    """The session cookie's name; the prefix makes browsers hold it to this host and to TLS."""
    return "__Host-kongchong" if site().options.secure else "kongchong"


def visitor_cookie() -> str:
    """The name of the passing cookie that guards the sign-in form."""
    return session_cookie() + "-visitor"
