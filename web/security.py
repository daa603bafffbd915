"""What keeps other sites and curious neighbours out: response headers, the guard of every form, tokens that make an order happen once."""

import hmac
import re
import secrets

from flask import Flask, Response, g, request

from web.errors import PageTooOld
from web.site import site

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Tabler draws its check marks with data: pictures.
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
GUARD_FIELD = "guard"
LARGEST_FORM_BYTES = 64 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_SHORT_SECONDS = 3600


def install(app: Flask) -> None:
    """Guard every form and dress every response of an application."""
    app.before_request(check_form)
    app.after_request(protect)


def form_token() -> str:
    """A new reference for one request to the engine (ASCII, 32 characters): made when a form is shown, sent with it, good once."""
    return secrets.token_urlsafe(24)


def good_token(text: str) -> str:
    """A form's token as it came back. Raises PageTooOld for what this site cannot have made."""
    if not _TOKEN.fullmatch(text):
        raise PageTooOld
    return text


def guard() -> str:
    """What a form must carry to prove that it was shown to the browser that sends it: derived from the browser's own secret cookie."""
    return hmac.digest(site().options.secret + browser_token().encode(), b"kongchong form guard", "sha256").hex()


def browser_token() -> str:
    """The secret this browser holds: its session's token, or before signing in a passing one that its next response sets."""
    token = g.get("browser_token")
    if token is None:
        token = secrets.token_urlsafe(24)
        g.browser_token, g.new_browser_token = token, token
    return str(token)


def check_form() -> None:
    """Refuse a change that another site made this browser ask for. Raises PageTooOld.

    Two witnesses, either of which is enough to refuse: where the browser says the request comes from, and the form's guard.
    """
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise PageTooOld
    if not hmac.compare_digest(request.form.get(GUARD_FIELD, "").encode(), guard().encode()):
        raise PageTooOld


def protect(response: Response) -> Response:
    """Put the headers on; pages are never kept by anybody, files that stand still may be."""
    response.headers.update(HEADERS)
    still = request.endpoint == "static" and response.status_code in {200, 304}
    response.headers["Cache-Control"] = f"public, max-age={_SHORT_SECONDS}" if still else "no-store"
    return response
