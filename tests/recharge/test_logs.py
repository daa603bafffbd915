"""Logs: one JSON line an event, in UTC, that never holds a password, a key or a customer's number."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
import structlog

from recharge.domain.requests import ChangePassword, ServicePassword
from recharge.logs import HIDDEN, about_order, configure_logs, redact

PASSWORD = "918273"
NUMBER = "13800138000"


@dataclass
class Written:
    """What a process wrote to its log."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        (only,) = self.lines
        return only


@pytest.fixture
def written() -> Iterator[Written]:
    """A configured log; what was configured before comes back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("INFO", stream)
    yield Written(stream)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def log() -> Any:
    return structlog.get_logger("recharge.test")


def test_an_event_is_one_line_of_json(written: Written) -> None:
    log().info("order_held", price_minor=4900, state="held")
    line = written.line
    assert line.pop("at").endswith("Z")
    assert line == {"event": "order_held", "level": "info", "logger": "recharge.test", "price_minor": 4900, "state": "held"}


def test_the_time_is_utc(written: Written) -> None:
    before = datetime.now(UTC)
    log().info("tick")
    assert before <= datetime.fromisoformat(written.line["at"]) <= datetime.now(UTC)


def test_chinese_stays_readable(written: Written) -> None:
    log().info("充值成功", text="余额12.00")
    assert "充值成功" in written.text
    assert "余额12.00" in written.text


def test_a_level_below_the_deployments_is_left_out(written: Written) -> None:
    log().debug("detail")
    log().warning("trouble")
    assert [line["event"] for line in written.lines] == ["trouble"]


def test_a_librarys_lines_are_json_too(written: Written) -> None:
    logging.getLogger("some.library").warning("gave up on %s after %d tries", NUMBER, 3)
    line = written.line
    assert (line["event"], line["level"], line["logger"]) == ("gave up on 138****8000 after 3 tries", "warning", "some.library")


def test_configuring_twice_does_not_write_twice(written: Written) -> None:
    configure_logs("INFO", written.stream)
    log().info("once")
    assert len(written.lines) == 1


def test_every_line_within_a_block_carries_its_order(written: Written) -> None:
    with about_order("250123456789654321"):
        log().info("sent")
        logging.getLogger("some.library").info("connected")
    log().info("idle")
    assert [line.get("order_number") for line in written.lines] == ["250123456789654321", "250123456789654321", None]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "service_password",
        "new_digits",
        "pin",
        "pin_block",
        "PIN",
        "secret",
        "web_secret",
        "client_secrets",
        "key",
        "master_key",
        "masterKey",
        "keys",
        "csrf_token",
        "Authorization",
        "Set-Cookie",
        "X-Signature",
        "dbpassword",
        "mac",
        "credential",
    ],
)
def test_secrets_are_hidden_by_their_fields_name(written: Written, name: str) -> None:
    log().info("signed_in", **{name: PASSWORD})
    assert written.line[name] == HIDDEN
    assert PASSWORD not in written.text


@pytest.mark.parametrize("name", ["monkey", "spinning", "machine", "order_number", "serial_number", "keyboard", "kind", "pinned"])
def test_other_fields_are_shown(written: Written, name: str) -> None:
    log().info("seen", **{name: "S10"})
    assert written.line[name] == "S10"


def test_secrets_are_hidden_however_deep_they_lie(written: Written) -> None:
    log().info("asked", request={"headers": [{"cookie": PASSWORD}, {"inner": {"pin": PASSWORD, "state": "held"}}]})
    assert written.line["request"] == {"headers": [{"cookie": HIDDEN}, {"inner": {"pin": HIDDEN, "state": "held"}}]}


@pytest.mark.parametrize("name", ["number", "address", "msisdn", "phone", "caller"])
def test_a_customers_number_is_masked_by_its_fields_name(written: Written, name: str) -> None:
    log().info("recharge", **{name: NUMBER})
    assert written.line[name] == "138****8000"


def test_a_short_or_whole_number_shows_nothing_or_little(written: Written) -> None:
    log().info("recharge", number="10086", phone=13800138000)
    assert (written.line["number"], written.line["phone"]) == ("****", "138****8000")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to 13800138000 now", "to 138****8000 now"),
        ("13800138000", "138****8000"),
        ("+8613800138000,081234567890", "+86****8000,081****7890"),
        ("号码13800138000充值", "号码138****8000充值"),
    ],
)
def test_numbers_in_texts_are_masked(text: str, shown: str, written: Written) -> None:
    log().info(text, note=text)
    assert written.line["note"] == shown
    assert written.line["event"] == shown


@pytest.mark.parametrize("text", ["order 250123456789654321", "SN26112100000017", "50.00", "2026-11-21T04:00:00+00:00", "3001"])
def test_what_is_no_telephone_number_is_shown(text: str, written: Written) -> None:
    log().info("seen", note=text)
    assert written.line["note"] == text


def test_bytes_are_never_shown(written: Written) -> None:
    log().info("packet", body=PASSWORD.encode(), parts=[b"abc"])
    assert (written.line["body"], written.line["parts"]) == ("6 bytes", ["3 bytes"])


def test_objects_are_shown_as_they_show_themselves_and_masked(written: Written) -> None:
    log().info("asked", credential_used=ServicePassword(PASSWORD), operation=ChangePassword(PASSWORD), day=date(2026, 11, 21))
    assert PASSWORD not in written.text
    assert written.line["operation"] == "ChangePassword(***)"
    assert written.line["day"] == "2026-11-21"


def test_plain_values_keep_their_type(written: Written) -> None:
    log().info("counted", count=3, done=True, ratio=0.5, nothing=None)
    line = written.line
    assert (line["count"], line["done"], line["ratio"], line["nothing"]) == (3, True, 0.5, None)


def test_a_traceback_holds_no_values_of_variables(written: Written) -> None:
    def check(digits: str) -> None:
        raise ValueError(f"not accepted for {NUMBER}")

    try:
        check(PASSWORD)
    except ValueError:
        log().exception("failed")
    line = written.line
    assert "ValueError: not accepted for 138****8000" in line["exception"]
    assert PASSWORD not in written.text
    assert NUMBER not in written.text


def test_redaction_leaves_the_callers_dictionary_alone() -> None:
    event = {"event": "x", "pin": PASSWORD, "inner": {"pin": PASSWORD}}
    assert redact(None, "info", event) == {"event": "x", "pin": HIDDEN, "inner": {"pin": HIDDEN}}
    assert event["inner"] == {"pin": PASSWORD}
