"""What links read replies with: the rules of the day, and the tray of texts that none could read."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from recharge.domain.reply_rules import Meaning, ReplyRule, Scope, Why
from recharge.suppliers.replies import ReplyReader, UnreadText

NOW = datetime(2026, 11, 27, tzinfo=UTC)
RULE = ReplyRule("DONE", r"(?P<number>[0-9]{10,14}) ok (?P<charged>[0-9.]{1,9})", Meaning.SUCCESS, ("09170000007 ok 5",), NOW)
SCOPE = Scope("CHIP", "sms")


def test_rules_are_taken_over_and_count_in_the_currency_s_unit() -> None:
    reader = ReplyReader(minor_digits=0)
    assert reader.read("09170000007 ok 5", SCOPE, NOW) is None
    reader.take([RULE])
    told = reader.read("09170000007 ok 5", SCOPE, NOW)
    assert told is not None
    assert told.charged_minor == 5


def test_unread_texts_are_handed_over_once() -> None:
    reader, kept = ReplyReader([RULE]), list[UnreadText]()
    reader.read("something else", SCOPE, NOW, attempt_id=7)
    reader.read("09170000007 ok 5", SCOPE, NOW)
    reader.keep(kept.extend)
    reader.keep(kept.extend)
    assert [(item.scope, item.text, item.unread.why, item.attempt_id) for item in kept] == [(SCOPE, "something else", Why.NO_RULE, 7)]
    assert "something" not in repr(kept)


def test_unread_texts_stay_when_they_cannot_be_kept() -> None:
    reader, kept = ReplyReader(), list[UnreadText]()

    def away(_texts: Sequence[UnreadText]) -> None:
        raise OSError("away")

    reader.read("one", SCOPE, NOW)
    with pytest.raises(OSError, match="away"):
        reader.keep(away)
    reader.read("two", SCOPE, NOW)
    reader.keep(kept.extend)
    assert [item.text for item in kept] == ["one", "two"]
