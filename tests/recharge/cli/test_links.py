"""Links, routes, secrets and stock from the terminal."""

import json

import pytest

from tests.recharge.cli.conftest import Terminal

SETTINGS = json.dumps({"url": "http://127.0.0.1:18081/recharge/v1", "partner": "province-agent"})


@pytest.fixture
def linked(terminal: Terminal) -> Terminal:
    terminal.done("party", "add", "HQ", "本部", "--kind", "platform")
    terminal.done("carrier", "add", "CMCC", "中国移动")
    words = ("link", "add", "PROVINCE", "省平台", "carrier_platform", "--settings", SETTINGS)
    terminal.done(*words, "--secret-file", terminal.secret_file(), "--reserve", "100.00")
    return terminal


def test_a_link_that_was_added_passes_the_check(linked: Terminal) -> None:
    assert "in order" in linked.done("check")
    assert linked.lines("link", "list")[0][:5] == ["PROVINCE", "carrier_platform", "省平台", "100", ""]


def test_a_link_is_paused_resumed_and_changed(linked: Terminal) -> None:
    linked.done("link", "pause", "PROVINCE")
    assert linked.lines("link", "list")[0][4] == "paused"
    linked.done("link", "resume", "PROVINCE")
    linked.done("link", "settings", "PROVINCE", '{"url": "http://127.0.0.1:1/", "partner": "other"}')
    assert '"other"' in linked.lines("link", "list")[0][5]


def test_a_link_whose_settings_cannot_be_used_fails_the_check(linked: Terminal) -> None:
    linked.done("link", "settings", "PROVINCE", '{"url": "ftp://carrier/"}')
    told = linked.refused("check")
    assert "A link cannot be used" in told
    assert "url" in told


def test_a_secret_that_another_master_key_wrapped_fails_the_check(linked: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONGCHONG_MASTER_KEY", "ff112233445566778899aabbccddeeff" * 2)
    assert "link/PROVINCE does not open" in linked.refused("check")


@pytest.mark.parametrize("text", ["not json", "[1]", '"text"'])
def test_settings_are_a_json_object(linked: Terminal, text: str) -> None:
    linked.refused("link", "settings", "PROVINCE", text)


def test_a_secret_file_that_others_may_read_is_refused(linked: Terminal) -> None:
    told = linked.refused("secret", "PROVINCE", linked.secret_file("wide.secret", 0o644))
    assert "chmod 600" in told
    linked.done("secret", "PROVINCE", linked.secret_file("narrow.secret"))
    assert "in order" in linked.done("check")


def test_a_route_is_added(linked: Terminal) -> None:
    linked.done("route", "add", "PROVINCE", "CMCC", "9600", "--province", "北京", "--hours", "08:00", "22:00")
    linked.done("route", "add", "PROVINCE", "CMCC", "9700", "--kind", "bill_payment", "--priority", "5")
    assert "cannot be used" in linked.refused("route", "add", "PROVINCE", "CMCC", "9600", "--hours", "8", "22")


def test_stock_is_bought_once(linked: Terminal) -> None:
    assert "Stock of 1000.00 bought" in linked.done("stock", "buy", "PROVINCE", "1000.00", "--evidence", "invoice 7")
    assert "booked before" in linked.refused("stock", "buy", "PROVINCE", "1000.00", "--evidence", "invoice 7")
    assert "does not hold" not in linked.done("verify")


def test_a_bank_account_of_its_own(linked: Terminal) -> None:
    linked.done("bank", "add", "ICBC", "工商银行")
    assert linked.lines("bank", "list") == [["ICBC", "工商银行"]]
    linked.done("stock", "buy", "PROVINCE", "10.00", "--evidence", "invoice 8", "--bank", "ICBC")
    assert "does not hold" not in linked.done("verify")
    linked.refused("bank", "add", "ICBC", "again")


def test_the_forecast_of_stock_names_every_link(linked: Terminal) -> None:
    assert linked.lines("stock", "forecast") == [["PROVINCE", "untold", "", "", "0.00", "", ""]]
