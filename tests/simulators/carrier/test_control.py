"""The control side: JSON for tests, refusing what it does not understand, and buttons that another page cannot press."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from simulators.carrier.behaviour import BEHAVIOURS
from simulators.carrier.testing import RunningCarrier
from tests.simulators.carrier.partner import SAMPLE, Partner, get, post, with_digits


def press(carrier: RunningCarrier, button: str, headers: Mapping[str, str] | None = None) -> int:
    form = urlencode({"button": button, "lang": "en"}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return post(f"http://127.0.0.1:{carrier.control_port}/control/press", form, {**kind, **(headers or {})})[0]


def default_of(carrier: RunningCarrier) -> str:
    told: str = carrier.control.settings()["settings"]["default"]
    return told


def test_the_ledger_shows_an_order_whole(carrier: RunningCarrier, partner: Partner) -> None:
    told = partner.recharge(1001)
    shown = carrier.control.ledger("1001")
    (order,), (credit,) = shown["orders"], shown["credits"]
    assert (order["reference"], order["number"], order["amount_minor"], order["code"]) == ("1001", SAMPLE, 5000, "0000")
    assert order["serial_number"] == credit["serial_number"] == told["SerialNumber"]
    assert shown["stock"]["free_minor"] == int(told["StockAfter"])
    assert shown["totals"]["credits"] == 1


def test_the_ledger_can_be_narrowed(carrier: RunningCarrier, partner: Partner) -> None:
    for n in range(5):
        partner.recharge(1001 + n)
    partner.recharge(2001, with_digits("0001"))
    assert len(carrier.control.ledger(limit=3)["orders"]) == 3
    assert [row["reference"] for row in carrier.control.ledger(number=with_digits("0001"))["orders"]] == ["2001"]
    assert carrier.control.ledger("9999")["orders"] == []


@pytest.mark.parametrize("limit", ["-1", "all", "1.5", "9" * 30])
def test_a_wrong_limit_is_refused(carrier: RunningCarrier, limit: str) -> None:
    assert get(f"{carrier.base_url}/control/ledger?limit={limit}")[0] == 400


def test_hostile_words_are_only_words(carrier: RunningCarrier, partner: Partner) -> None:
    partner.recharge(1001)
    assert carrier.control.ledger("1%27%20or%20%271%27=%271")["orders"] == []
    assert len(carrier.control.ledger()["orders"]) == 1


def test_settings_are_shown_with_all_behaviours(carrier: RunningCarrier) -> None:
    told = carrier.control.settings()
    assert told["behaviours"] == list(BEHAVIOURS)
    assert told["settings"]["default"] == "ok"
    assert told["settings"]["suffixes"] is True


def test_a_behaviour_applies_at_once(carrier: RunningCarrier, partner: Partner) -> None:
    carrier.control.behave("barred")
    assert partner.recharge(1001).code == "3002"
    carrier.control.behave(numbers={SAMPLE: "absent"})
    assert partner.recharge(1002).code == "3001"
    carrier.control.behave("ok", numbers={SAMPLE: ""})
    assert partner.recharge(1003).code == "0000"


@pytest.mark.parametrize(
    "body", [b'{"default": "cheerful"}', b'{"unheard": 1}', b"[]", b'"ok"', b"{", b"\xff", b'{"durations": {"final": -1}}']
)
def test_a_wrong_setting_is_refused_and_changes_nothing(carrier: RunningCarrier, body: bytes) -> None:
    before = carrier.control.settings()
    status, _, told = post(f"{carrier.base_url}/control/behaviour", body)
    assert status == 400
    assert "error" in json.loads(told)
    assert carrier.control.settings() == before


def test_a_reset_forgets_everything(carrier: RunningCarrier, partner: Partner) -> None:
    partner.recharge(1001, with_digits("9010"))
    carrier.control.subscriber(SAMPLE, state="barred")
    carrier.control.behave("down")
    carrier.control.reset()
    shown = carrier.control.ledger()
    assert shown["orders"] == shown["credits"] == shown["callbacks"] == []
    assert shown["stock"]["free_minor"] == shown["stock"]["opening_minor"]
    assert default_of(carrier) == "ok"
    assert partner.recharge(1001).code == "0000"


@pytest.mark.parametrize(
    ("values", "code"),
    [({"state": "barred"}, "3002"), ({"state": "absent"}, "3001"), ({"limit_minor": 100}, "3003"), ({"kind": "postpaid"}, "3005")],
)
def test_a_subscriber_is_what_was_set(carrier: RunningCarrier, partner: Partner, values: dict[str, Any], code: str) -> None:
    carrier.control.subscriber(SAMPLE, **values)
    assert partner.recharge(1001).code == code
    carrier.control.subscriber(SAMPLE)
    assert partner.recharge(1002).code == "0000"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": "everybody"},
        {"number": SAMPLE, "state": "asleep"},
        {"number": SAMPLE, "kind": "rich"},
        {"number": SAMPLE, "balance_minor": "much"},
        {"number": SAMPLE, "balance_minor": 1.5},
        {"number": SAMPLE, "limit_minor": True},
    ],
)
def test_a_wrong_subscriber_is_refused(carrier: RunningCarrier, body: dict[str, object]) -> None:
    assert post(f"{carrier.base_url}/control/subscriber", json.dumps(body).encode())[0] == 400


def test_stock_can_be_put_in_and_taken_out(carrier: RunningCarrier) -> None:
    before = carrier.control.ledger()["stock"]
    assert carrier.control.add_stock(700)["free_minor"] == before["free_minor"] + 700
    assert carrier.control.add_stock(-700) == before


@pytest.mark.parametrize("body", [{}, {"add_minor": "much"}, {"add_minor": 0.5}, {"add_minor": -(10**15)}])
def test_stock_that_is_not_there_cannot_be_taken_out(carrier: RunningCarrier, body: dict[str, object]) -> None:
    before = carrier.control.ledger()["stock"]
    assert post(f"{carrier.base_url}/control/stock", json.dumps(body).encode())[0] == 400
    assert carrier.control.ledger()["stock"] == before


@pytest.mark.parametrize("button", ["slow", "silent_done", "down", "callback_five", "late", "refused", "ok"])
def test_a_button_sets_the_default(carrier: RunningCarrier, button: str) -> None:
    assert press(carrier, button) == 303
    assert default_of(carrier) == button


def test_the_reset_button_resets(carrier: RunningCarrier, partner: Partner) -> None:
    partner.recharge(1001)
    press(carrier, "late")
    assert press(carrier, "reset") == 303
    assert default_of(carrier) == "ok"
    assert carrier.control.ledger()["orders"] == []


def test_an_unknown_button_does_nothing(carrier: RunningCarrier) -> None:
    assert press(carrier, "explode") == 303
    assert default_of(carrier) == "ok"


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://127.0.0.1:1", "null"])
def test_another_page_cannot_press_a_button(carrier: RunningCarrier, origin: str) -> None:
    assert press(carrier, "down", {"Origin": origin}) == 403
    assert post(f"{carrier.base_url}/control/reset", b"{}", {"Origin": origin})[0] == 403
    assert post(f"{carrier.base_url}/control/behaviour", b'{"default": "down"}', {"Origin": origin})[0] == 403
    assert default_of(carrier) == "ok"


def test_its_own_page_can(carrier: RunningCarrier) -> None:
    assert press(carrier, "slow", {"Origin": f"http://127.0.0.1:{carrier.control_port}"}) == 303
    assert default_of(carrier) == "slow"


@pytest.mark.parametrize("path", ["/", "/control"])
def test_the_bare_address_leads_to_the_page(carrier: RunningCarrier, path: str) -> None:
    status, headers, _ = get(carrier.base_url + path)
    assert (status, headers["Location"]) == (302, "/control/")
    status, headers, _ = get(f"{carrier.base_url}/control/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(("language", "kept"), [("en", "en"), ("id", "id"), ("zh_CN", "zh_CN"), ("//elsewhere.example", "zh_CN")])
def test_a_button_leads_back_to_the_page_in_its_language(carrier: RunningCarrier, language: str, kept: str) -> None:
    form = urlencode({"button": "ok", "lang": language}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert post(f"{carrier.base_url}/control/press", form, kind)[1]["Location"] == f"/control/?lang={kept}"
