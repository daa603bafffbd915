"""The site over a small engine in memory, a clock that stands still until it is moved, and browsers without windows."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from recharge import Database, Engine
from tests.support.templates import quick_templates as quick_templates
from tests.web.browsing import Browser
from tests.web.fake_engine import NOW, FakeEngine, login, point
from web.app import create_app
from web.sessions import Sessions
from web.site import Options, Site


class MovableClock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        """Later, by so many seconds, minutes or hours."""
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def fake_engine() -> FakeEngine:
    """Two points with a login each."""
    neighbour = login("haidian", point("P2002", "海淀路手机店"), number=2)
    return FakeEngine(logins={1: login(), 2: neighbour})


@pytest.fixture
def database(clean_sqlite_url: str) -> Iterator[Database]:
    handle = Database(clean_sqlite_url)
    yield handle
    handle.close()


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database)


@pytest.fixture
def make_app(fake_engine: FakeEngine, sessions: Sessions, clock: MovableClock) -> Callable[..., Flask]:
    """Builds the site with options of one's own."""

    def make(**options: object) -> Flask:
        return create_app(Site(cast(Engine, fake_engine), sessions, Options(**options), clock))  # type: ignore[arg-type]

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def visitor(client: FlaskClient) -> Browser:
    """A browser nobody has signed in with."""
    return Browser(client)


@pytest.fixture
def agent(visitor: Browser) -> Browser:
    """A browser of point P1001."""
    visitor.sign_in("chaoyang")
    return visitor


@pytest.fixture
def neighbour(app: Flask) -> Browser:
    """A browser of another point, P2002."""
    browser = Browser(app.test_client())
    browser.sign_in("haidian")
    return browser
