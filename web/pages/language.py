"""Switching the language a person reads."""

from flask import Blueprint, abort, g, request
from werkzeug.wrappers import Response

from web.auth import current_login
from web.i18n import offered
from web.leading import lead_to
from web.site import site

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
def choose() -> Response:
    """Keep the choice in this browser, and with the session where there is one; back to the page it was made on."""
    chosen = request.form.get("language", "")
    if chosen not in offered():
        abort(400)
    g.language = g.chosen_language = chosen
    login = current_login()
    if login is not None:
        site().sessions.speak(login.session, chosen)
    return lead_to(own_path(request.form.get("back", "")))


def own_path(path: str) -> str:
    """A path of this site; the first page for anything that might lead elsewhere."""
    leads_elsewhere = not path.startswith("/") or path.startswith("//") or "\\" in path or any(character <= " " for character in path)
    return "/" if leads_elsewhere else path
