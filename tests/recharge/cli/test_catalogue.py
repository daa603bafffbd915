"""Tiers, carriers, products, prices, limits and ranges from the terminal."""

import pytest

from recharge import open_engine
from recharge.settings import load_settings
from tests.recharge.cli.conftest import Terminal


@pytest.fixture
def shelf(terminal: Terminal) -> Terminal:
    terminal.done("tier", "add", "GOLD", "金牌")
    terminal.done("carrier", "add", "CMCC", "中国移动")
    terminal.done("product", "fixed", "S10", "移动10元", "CMCC", "10.00")
    terminal.done("product", "open", "S", "移动任意金额", "CMCC", "10", "500")
    terminal.done("product", "open", "SB", "移动缴费", "CMCC", "1", "1000", "--step", "0.01", "--bill")
    return terminal


def test_products_are_listed_as_they_are_sold(shelf: Terminal) -> None:
    shelf.done("product", "stop", "S")
    assert shelf.lines("product", "list") == [
        ["S", "CMCC", "recharge", "", "10.00", "500.00", "1.00", "no"],
        ["S10", "CMCC", "recharge", "10.00", "", "", "", "yes"],
        ["SB", "CMCC", "bill_payment", "", "1.00", "1000.00", "0.01", "yes"],
    ]
    shelf.done("product", "sell", "S")
    assert shelf.lines("product", "list")[0][-1] == "yes"


def test_prices_are_set_for_now_and_for_later_in_local_time(shelf: Terminal) -> None:
    shelf.done("price", "set", "GOLD", "S10", "250")
    shelf.done("price", "set", "GOLD", "S10", "300", "--margin", "20", "--from", "2099-01-01T08:00")
    later, now = shelf.lines("price", "list")
    assert later == ["GOLD", "S10", "2099-01-01T08:00", "300", "20"]
    assert now[3:] == ["250", "0"]
    assert "now or later" in shelf.refused("price", "set", "GOLD", "S10", "300", "--from", "2020-01-01T08:00")


def test_limits_of_every_scope(shelf: Terminal) -> None:
    shelf.done("party", "add", "HQ", "本部", "--kind", "platform")
    shelf.done("limits", "platform", "--month-value", "1000000")
    shelf.done("limits", "tier", "GOLD", "--day-value", "10000.00", "--day-count", "100")
    shelf.done("limits", "party", "HQ", "--order", "500", "--month-count", "7")
    assert "There is no" in shelf.refused("limits", "tier", "NONE", "--day-count", "1")


def test_ranges_are_imported_and_used(shelf: Terminal) -> None:
    table = shelf.folder / "ranges.csv"
    table.write_text("prefix,carrier,province\n138,CMCC,北京\n", encoding="utf-8")
    assert "1 ranges" in shelf.done("ranges", "import", str(table))
    table.write_text("prefix,carrier,province\n139,NOBODY,\n", encoding="utf-8")
    assert "2: NOBODY" in shelf.refused("ranges", "import", str(table), "--replace")
    shelf.done("party", "add", "HQ", "本部", "--kind", "platform")
    engine = open_engine(load_settings())
    assert engine.recognise("13800138000").province == "北京"
    engine.close()


def test_a_ported_number_is_recharged_elsewhere(shelf: Terminal) -> None:
    table = shelf.folder / "ranges.csv"
    table.write_text("prefix,carrier,province\n138,CMCC,北京\n", encoding="utf-8")
    shelf.done("ranges", "import", str(table))
    shelf.done("carrier", "add", "CUCC", "中国联通")
    shelf.done("party", "add", "HQ", "本部", "--kind", "platform")
    shelf.done("number", "port", "13800138000", "CUCC")
    engine = open_engine(load_settings())
    assert engine.recognise("13800138000").carrier_code == "CUCC"
    shelf.done("number", "unport", "13800138000")
    assert engine.recognise("13800138000").carrier_code == "CMCC"
    engine.close()
