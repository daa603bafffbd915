"""Builds the site: its parts, its guards, its languages, its pages."""

from importlib.metadata import entry_points

from flask import Blueprint, Flask, current_app
from werkzeug.middleware.proxy_fix import ProxyFix

from recharge import (
    Endpoint,
    Settings,
    load_settings,
    open_engine,
)
from web import auth, errors, i18n, security
from web.pages import BLUEPRINTS
from web.sessions import Sessions
from web.site import Options, Site, install


def create_app(parts: Site | None = None) -> Flask:
    """The site as a WSGI application; over the engine of the environment's settings where no parts are given."""
    parts = parts or parts_from(load_settings())
    app = Flask("web")
    app.config.update(MAX_CONTENT_LENGTH=security.LARGEST_FORM_BYTES, MAX_FORM_MEMORY_SIZE=security.LARGEST_FORM_BYTES)
    install(app, parts)
    errors.install(app)
    i18n.install(app)
    auth.install(app)
    security.install(app)
    for blueprint in (*BLUEPRINTS, *pages_elsewhere()):
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(tabs_elsewhere=tabs_elsewhere)
    app.jinja_env.globals.update(guard=security.guard, guard_field=security.GUARD_FIELD)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if parts.options.proxies:
        count = parts.options.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    return app


def pages_elsewhere() -> list[Blueprint]:
    """Pages that other packages hang into the site, by entry point: the site knows none of them, and they know no module of the site.

    They find the engine in `current_app.extensions["kongchong"].engine` and who asks in `g.login` (None before signing in). Forms carry
    the guard as everywhere; a `tab` on the blueprint says, for an endpoint and a language, which entry of the menu leads there.
    """
    return [found.load() for found in entry_points(group="kongchong.pages")]


def tabs_elsewhere(endpoint: Endpoint) -> list[tuple[str, str, str]]:
    """The menu entries of pages elsewhere for whoever is signed in: (page, picture, text)."""
    tabs = [getattr(blueprint, "tab", None) for blueprint in current_app.blueprints.values()]
    found = [tab(endpoint, i18n.language()) for tab in tabs if tab is not None]
    return [each for each in found if each is not None]


def parts_from(settings: Settings) -> Site:
    """The parts a deployment's settings ask for."""
    engine = open_engine(settings)
    return Site(engine, Sessions(engine.database), Options.of(settings))
