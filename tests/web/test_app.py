"""The site as a whole: built over given parts or over the environment's, behind a proxy or not."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from recharge import Settings
from tests.web.browsing import Browser
from tests.web.fake_engine import LOGIN_PASSWORD, FakeEngine
from web import app as built
from web.sessions import Sessions
from web.site import Site


def test_only_the_door_of_the_engine_is_used() -> None:
    for path in Path(built.__file__).parent.rglob("*.py"):
        assert "from recharge." not in path.read_text(encoding="utf-8"), path


def test_a_process_builds_it_from_its_settings(monkeypatch: pytest.MonkeyPatch, clean_sqlite_url: str) -> None:
    settings = Settings(environment="development", database_url=clean_sqlite_url, master_key="0123456789abcdef" * 4)  # type: ignore[arg-type]
    engine = FakeEngine()
    opened: list[Settings] = []

    def open_engine(wanted: Settings) -> Any:
        opened.append(wanted)
        return engine

    monkeypatch.setattr(FakeEngine, "database", property(lambda _: "the database"), raising=False)
    monkeypatch.setattr(built, "open_engine", open_engine)
    parts = built.parts_from(settings)
    assert opened == [settings]
    assert isinstance(parts, Site)
    assert isinstance(parts.sessions, Sessions)
    assert id(parts.engine) == id(engine)


def test_gunicorns_entry_is_the_site(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setattr(built, "create_app", lambda: app)
    assert importlib.import_module("wsgi").app is app


class TestBehindAProxy:
    def enter(self, app: Flask, sessions: Sessions) -> str:
        """The address a session is opened for when the nearest proxy names a visitor."""
        seen: list[str] = []
        browser = Browser(app.test_client())
        browser.open("/login")
        sent = browser.form("/login") | {"name": "chaoyang", "password": LOGIN_PASSWORD}

        def remember(self: Sessions, endpoint_id: int, language: str, address: str, now: Any) -> Any:
            seen.append(address)
            return original(self, endpoint_id, language, address, now)

        original = Sessions.open
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Sessions, "open", remember)
            browser.client.post("/login", data=sent, headers={"X-Forwarded-For": "203.0.113.1, 192.0.2.9"})
        return seen[0]

    def test_its_word_is_taken(self, make_app: Callable[..., Flask], sessions: Sessions) -> None:
        assert self.enter(make_app(proxies=1), sessions) == "192.0.2.9"

    def test_nobody_elses_word_is_taken(self, make_app: Callable[..., Flask], sessions: Sessions) -> None:
        assert self.enter(make_app(), sessions) == "127.0.0.1"


def test_every_route_stands_where_its_name_says(app: Flask) -> None:
    routes = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
    assert routes["health.show"] == "/health"
    assert routes["orders.show"] == "/orders/<order_number>"
    assert routes["recharge.charge"] == "/recharge/order"
