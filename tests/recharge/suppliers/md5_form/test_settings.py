"""Dialects put together from a preset and what replaces parts of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from recharge.suppliers.contract import LinkMisconfigured, LinkParts
from recharge.suppliers.md5_form.codes import Word, state_of
from recharge.suppliers.md5_form.dialects import PRESETS
from recharge.suppliers.md5_form.settings import caps_of, merged, read_settings
from tests.support.world import ManualClock

CLOCK = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
OWN: dict[str, Any] = {
    "submit": {"path": "/order", "fields": {"no": "{reference}"}, "body": "json", "reading": {"code": "code", "codes": {"ok": "accepted"}}}
}


def parts(secret: bytes = b"key-of-ours", **settings: Any) -> LinkParts:
    return LinkParts("LINK", {"url": "http://127.0.0.1:1", "user": "u"} | settings, secret, CLOCK)


def test_parts_of_a_mapping_are_replaced_and_the_rest_stays() -> None:
    base = {"a": {"b": 1, "c": 2}, "d": 3}
    assert merged(base, {"a": {"b": 9}, "e": 4}) == {"a": {"b": 9, "c": 2}, "d": 3, "e": 4}
    assert merged(base, {"a": None}) == {"a": None, "d": 3}
    assert base == {"a": {"b": 1, "c": 2}, "d": 3}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_is_a_whole_dialect(preset: str) -> None:
    settings, dialect, secret = read_settings(parts(preset=preset), PRESETS)
    caps = caps_of(settings, dialect)
    assert (caps.query, caps.balance, caps.callback, caps.reverse, caps.statement) == (True, True, True, False, None)
    assert secret.key == "key-of-ours"


def test_a_dialect_may_be_all_ones_own() -> None:
    settings, dialect, _ = read_settings(parts(dialect=OWN), PRESETS)
    caps = caps_of(settings, dialect)
    assert (dialect.submit.body, dialect.submit.sign, dialect.charset) == ("json", None, "utf-8")
    assert (caps.query, caps.balance, caps.callback) == (False, False, False)


def test_a_recipe_can_be_changed_in_a_preset() -> None:
    told = {"submit": {"sign": {"suffix": "&key={key}", "blank": False}}}
    _, dialect, _ = read_settings(parts(preset="yrapi", dialect=told), PRESETS)
    assert dialect.submit.sign is not None
    assert (dialect.submit.sign.suffix, dialect.submit.sign.blank, dialect.submit.sign.upper) == ("&key={key}", False, True)
    assert dialect.query is not None
    assert dialect.query.sign is not None
    assert dialect.query.sign.suffix == "&apikey={key}"


@pytest.mark.parametrize(
    "dialect",
    [
        {"submit": {"method": "PUT"}},
        {"submit": {"answer": "yaml"}},
        {"submit": {"reading": {"no_row": "failed"}}},
        {"submit": {"reading": {"states": {"1": "well"}}}},
        {"submit": {"sign": {"join": "spaces"}}},
        {"submit": {"sign": {"field": "a b"}}},
        {"unit": "dozen"},
        {"more": 1},
    ],
)
def test_a_dialect_that_cannot_be_is_refused(dialect: dict[str, Any]) -> None:
    with pytest.raises(LinkMisconfigured):
        read_settings(parts(preset="yrapi", dialect=dialect), PRESETS)


@pytest.mark.parametrize(
    ("secret", "key", "password"), [(b"plain-key", "plain-key", ""), (b'{"key": "k-in-json", "password": "p"}', "k-in-json", "p")]
)
def test_a_secret_is_a_key_or_both(secret: bytes, key: str, password: str) -> None:
    told = read_settings(parts(secret, preset="yrapi"), PRESETS)[2]
    assert (told.key, told.password) == (key, password)
    assert key not in repr(told)


def test_words_that_are_no_state_are_unknown() -> None:
    assert {word for word in Word if state_of(word).value == "unknown"} == {Word.READ, Word.UNKNOWN}
    assert state_of(Word.PART) is state_of(Word.SUCCESS)
