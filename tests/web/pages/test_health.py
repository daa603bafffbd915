"""What monitoring is told."""

import pytest
from sqlalchemy.exc import OperationalError

from tests.web.browsing import Browser
from web.sessions import Sessions


def test_well(visitor: Browser) -> None:
    page = visitor.open("/health")
    assert (page.status_code, page.json) == (200, {"status": "ok"})
    assert "Set-Cookie" not in page.headers


def test_the_database_is_away(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_: Sessions) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(Sessions, "look", look)
    page = visitor.open("/health")
    assert (page.status_code, page.json) == (503, {"status": "database away"})
