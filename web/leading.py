"""How a page leads on to another one: a redirection for a browser, a word to the script where it asked for part of a page."""

from flask import make_response, redirect, request
from werkzeug.wrappers import Response

SEE_OTHER = 303


def lead_to(address: str, status: int = 204) -> Response:
    """Go on at an address of this site. `status` is what the script gets to see."""
    if not request.headers.get("HX-Request"):
        return redirect(address, SEE_OTHER)
    response = make_response("", status)
    response.headers["HX-Redirect"] = address
    return response
