"""A deployment set up by hand, command by command, sells like a seeded one; and every answer is in the operator's language."""

import json
import re
from pathlib import Path

import pytest

from recharge import (
    BillPayment,
    Channel,
    EndpointKind,
    Engine,
    Operation,
    Origin,
    Recharge,
    Refusal,
    RefusalCode,
    Reply,
    Request,
    ServicePassword,
    load_settings,
    open_engine,
)
from recharge.bootstrap import open_administration
from recharge.engine.administration import SHELL
from tests.recharge.cli.conftest import Terminal, elsewhere, moved_in

DIGITS = "739205"
SETTINGS = json.dumps({"url": "http://127.0.0.1:18081/recharge/v1", "partner": "province-agent"})
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="session")
def hand_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a deployment that was set up by hand."""
    folder = tmp_path_factory.mktemp("by_hand")
    with elsewhere(folder, sqlite_template) as terminal:
        set_up(terminal)
    return folder


@pytest.fixture
def by_hand(terminal: Terminal, hand_template: Path) -> Terminal:
    """At a deployment that was set up by hand."""
    return moved_in(terminal, hand_template)


def set_up(terminal: Terminal) -> None:
    """What docs/operating.md asks an operator to do once."""
    for words in (
        "tier add GOLD Gold",
        "tier add CITY City",
        "carrier add CMCC Mobile",
        "product fixed S50 Fifty CMCC 50.00",
        "product open SB Bill CMCC 1.00 1000.00 --step 0.01 --bill",
        "price set GOLD S50 250",
        "price set GOLD SB 100",
        "price set CITY S50 0 --margin 50",
        "party add HQ Head --kind platform",
        "party add D1 East --kind distributor --parent HQ --tier CITY",
        "party add P1 Shop --parent D1 --tier GOLD",
        "person add SETTLE Settlement HQ --role settlement",
        "endpoint add console settlement HQ --person SETTLE",
        "endpoint add web_login shop P1",
    ):
        terminal.done(*words.split())
    table = terminal.folder / "ranges.csv"
    table.write_text("prefix,carrier,province\n1380013,CMCC,北京\n", encoding="utf-8")
    terminal.done("ranges", "import", str(table))
    secret = terminal.secret_file()
    terminal.done("link", "add", "PROVINCE", "Province", "carrier_platform", "--settings", SETTINGS, "--secret-file", secret)
    terminal.done("route", "add", "PROVINCE", "CMCC", "9600")
    terminal.done("stock", "buy", "PROVINCE", "1000.00", "--evidence", "invoice 1")
    terminal.done("deposit", "P1", "200.00", "--evidence", "bank line 1")
    # The owner changes a temporary password himself; here the shell sets one that is his already.
    desks = open_administration(load_settings())
    desks.credentials.set(SHELL, "P1", DIGITS, temporary=False)
    desks.office.database.close()


def ask(engine: Engine, operation: Operation, reference: str) -> Reply:
    origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, "shop", reference)
    return engine.take(Request(origin, ServicePassword(DIGITS), operation))


def test_it_sells_at_its_own_prices(by_hand: Terminal) -> None:
    engine = open_engine(load_settings())
    reply = ask(engine, Recharge("13800138000", product_code="s50"), "1")
    assert reply.order is not None, reply.refusal
    assert (reply.order.price_minor, reply.balance_minor) == (48_75, 200_00 - 48_75)
    bill = ask(engine, BillPayment("13800138000", 33_33), "2")
    assert bill.order is not None, bill.refusal
    assert bill.order.price_minor == 33_33 - 33
    engine.close()


def test_the_check_and_the_reader_find_nothing(by_hand: Terminal) -> None:
    assert "in order" in by_hand.done("check")
    by_hand.done("verify")
    by_hand.done("rebuild", "--check")


def test_blocking_at_the_terminal_is_felt_by_a_running_engine(by_hand: Terminal) -> None:
    engine = open_engine(load_settings())
    assert ask(engine, Recharge("13800138000", 50_00), "1").refusal is None
    for kind, words, undo in (
        ("party", ("party", "block", "P1"), ("party", "unblock", "P1")),
        ("endpoint", ("endpoint", "block", "web_login", "shop"), ("endpoint", "unblock", "web_login", "shop")),
    ):
        by_hand.done(*words)
        assert ask(engine, Recharge("13800138000", 50_00, repeat_mark=1), f"2 {kind}").refusal == Refusal(RefusalCode.BLOCKED)
        by_hand.done(*undo)
    assert ask(engine, Recharge("13800138000", 50_00, repeat_mark=2), "3").refusal is None
    engine.close()


def test_prices_limits_and_products_are_felt_by_a_running_engine(by_hand: Terminal) -> None:
    engine = open_engine(load_settings())
    by_hand.done("party", "shares", "P1", "--discount", "1000")
    first = ask(engine, Recharge("13800138000", 50_00), "1")
    assert first.order is not None, first.refusal
    assert first.order.price_minor == 45_00
    by_hand.done("limits", "party", "P1", "--order", "49.99")
    over = ask(engine, Recharge("13800138000", 50_00, repeat_mark=1), "2").refusal
    assert over is not None
    assert over.code is RefusalCode.OVER_ORDER_LIMIT
    by_hand.done("limits", "party", "P1")
    by_hand.done("product", "stop", "S50")
    gone = ask(engine, Recharge("13800138000", product_code="S50", repeat_mark=1), "3").refusal
    assert gone is not None
    assert gone.code is RefusalCode.UNKNOWN_PRODUCT
    engine.close()


def test_a_temporary_password_must_be_changed_first(by_hand: Terminal) -> None:
    shown = by_hand.done("password", "P1").split("password: ")[1].split(" ")[0]
    engine = open_engine(load_settings())
    origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, "shop", "1")
    reply = engine.take(Request(origin, ServicePassword(shown), Recharge("13800138000", 50_00)))
    assert reply.refusal is not None
    assert reply.refusal.code is RefusalCode.PASSWORD_MUST_CHANGE
    engine.close()


ANSWERS = [
    ("party", "rename", "P1", "Corner"),
    ("password", "P1"),
    ("login", "shop"),
    ("deposit", "P1", "1.00", "--evidence", "bank line 2"),
    ("deposit", "P1", "200.00", "--evidence", "bank line 1"),
    ("stock", "buy", "PROVINCE", "1.00", "--evidence", "invoice 2"),
    ("check",),
    ("rebuild", "--check"),
    ("verify", "--chain"),
    ("party", "block", "NOWHERE"),
    ("party", "add", "P1", "Again", "--parent", "HQ"),
    ("party", "add", "P 1", "Bad", "--parent", "HQ"),
    ("party", "add", "HQ2", "Second", "--kind", "platform"),
    ("person", "add", "MAN1", "Man", "P1", "--role", "finance"),
    ("price", "set", "GOLD", "S50", "250", "--from", "2020-01-01T00:00"),
    ("stock", "buy", "PROVINCE", "1.00", "--evidence", "invoice 1"),
    ("deposit", "NOWHERE", "1.00", "--evidence", "bank line 3"),
    ("number", "unport", "13900000000"),
]


@pytest.mark.parametrize("words", ANSWERS, ids=" ".join)
def test_every_answer_is_in_the_operators_language(by_hand: Terminal, words: tuple[str, ...]) -> None:
    told = {language: by_hand.type(*words, language=language).output for language in ("zh_CN", "en", "id")}
    assert CHINESE.search(told["zh_CN"])
    assert not CHINESE.search(told["en"])
    assert not CHINESE.search(told["id"])
    assert "{" not in "".join(told.values())
    assert told["en"] != told["id"]
