"""Reply rules from the terminal: started with, made from what waits, tried, retired."""

from datetime import UTC, datetime

import pytest

from recharge.books.database import Database
from recharge.books.reply_statements import keep_miss
from recharge.domain.reply_rules import Scope, Unread, Why
from tests.recharge.cli.conftest import Terminal
from tests.recharge.cli.test_links import SETTINGS

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TEXT = "Sold 10.00 to 09171234567. Ref:800008270828"
PATTERN = r"Sold (?P<amount>[0-9.]{1,9}) to (?P<number>[0-9]{11})\. Ref:(?P<sn>[0-9]{12})"


@pytest.fixture
def linked(terminal: Terminal) -> Terminal:
    terminal.done("party", "add", "HQ", "本部", "--kind", "platform")
    words = ("link", "add", "CHIP", "一号卡", "carrier_platform", "--settings", SETTINGS)
    terminal.done(*words, "--secret-file", terminal.secret_file())
    return terminal


def waits(terminal: Terminal, *texts: str) -> None:
    database = Database(f"sqlite:///{terminal.folder / 'clean.sqlite3'}")
    with database.write() as connection:
        for number, text in enumerate(texts, 1):
            keep_miss(connection, number, Scope("CHIP", "sms", "SMART"), text, Unread(Why.NO_RULE), NOW, None)
    database.close()


def test_a_country_s_rules_are_put_in_once(linked: Terminal) -> None:
    assert "rules put in" in linked.done("reply", "start", "PH", "--link", "chip")
    assert "0 rules put in" in linked.done("reply", "start", "PH", "--link", "chip")
    assert {row[1] for row in linked.lines("reply", "list")} == {"CHIP"}


def test_a_rule_is_made_from_what_waits(linked: Terminal) -> None:
    waits(linked, TEXT, TEXT.replace("10.00", "30.00"), "Win a car")
    assert [row[:6] for row in linked.lines("reply", "queue")] == [
        ["1", "CHIP", "sms", "SMART", "2", "no_rule"],
        ["3", "CHIP", "sms", "SMART", "1", "no_rule"],
    ]
    assert "reads 2 of" in linked.done("reply", "make", "1", "SOLD", "success", PATTERN)
    assert "1 unread" in linked.done("reply", "dismiss", "3")
    # No dispatcher has brought what they say to their orders yet.
    assert [row[4:7] for row in linked.lines("reply", "queue")] == [["2", "no_rule", "SOLD"]]
    row = linked.lines("reply", "list")[0]
    assert row[:7] == ["SOLD", "CHIP", "sms", "SMART", "100", "success", ""]


def test_a_rule_for_everywhere_may_be_made_from_one_link_s_text(linked: Terminal) -> None:
    waits(linked, TEXT)
    linked.done("reply", "make", "1", "SOLD", "success", PATTERN, "--everywhere", "--order", "7")
    assert linked.lines("reply", "list")[0][:5] == ["SOLD", "", "sms", "SMART", "7"]


def test_a_text_is_tried(linked: Terminal) -> None:
    linked.done("reply", "add", "SOLD", "success", PATTERN, "--sample", TEXT, "--from", "chip", "sms", "")
    told = linked.done("reply", "try", "CHIP", TEXT, "--channel", "sms")
    assert "Read by rule SOLD: success" in told
    assert "amount_minor\t1000" in told
    assert "serial_number\t800008270828" in told
    assert "Cannot be read (no_rule)" in linked.done("reply", "try", "CHIP", TEXT, "--channel", "ussd")


def test_a_rule_that_hangs_or_reads_too_much_is_refused_with_the_reason(linked: Terminal) -> None:
    assert "pattern cannot be used" in linked.refused("reply", "add", "BAD", "success", "(?P<sn>(a+)+)b", "--sample", "aab")
    linked.done("reply", "add", "SOLD", "success", PATTERN, "--sample", TEXT)
    assert "sample of rule SOLD" in linked.refused("reply", "add", "WIDE", "failed", "Sold (?P<number>.*)", "--sample", "Sold it")
    linked.refused("reply", "make", "99", "X", "success", PATTERN)


def test_a_retired_rule_is_shown_as_such(linked: Terminal) -> None:
    linked.done("reply", "add", "SOLD", "success", PATTERN, "--sample", TEXT)
    linked.done("reply", "retire", "sold")
    assert linked.lines("reply", "list")[0][6] == "retired"
    linked.refused("reply", "retire", "SOLD")
