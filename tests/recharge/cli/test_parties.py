"""Parties, people, endpoints and passwords from the terminal."""

import pytest

from recharge import Refusal, open_engine
from recharge.settings import load_settings
from tests.recharge.cli.conftest import Terminal


@pytest.fixture
def tree(terminal: Terminal) -> Terminal:
    terminal.done("tier", "add", "GOLD", "金牌")
    terminal.done("party", "add", "HQ", "本部", "--kind", "platform")
    terminal.done("party", "add", "P1", "和平路店", "--parent", "HQ", "--tier", "GOLD")
    return terminal


def test_the_tree_is_listed_with_balances(tree: Terminal) -> None:
    assert tree.lines("party", "list") == [
        ["HQ", "platform", "本部", "0.00", "", "0"],
        ["P1", "point", "和平路店", "0.00", "", "1"],
    ]


def test_a_party_is_changed_blocked_and_unblocked(tree: Terminal) -> None:
    tree.done("party", "rename", "P1", "和平路旗舰店")
    tree.done("party", "tier", "P1")
    tree.done("party", "shares", "P1", "--discount", "250")
    tree.done("party", "block", "P1")
    assert tree.lines("party", "list")[1] == ["P1", "point", "和平路旗舰店", "0.00", "blocked", "1"]
    tree.done("party", "unblock", "P1")
    assert tree.lines("party", "list")[1][4] == ""
    assert "cannot be used" in tree.refused("party", "shares", "P1", "--margin", "20000")


def test_people_are_listed_changed_and_blocked(tree: Terminal) -> None:
    tree.done("person", "add", "MAN1", "李四", "P1", "--role", "salesperson")
    tree.done("person", "role", "MAN1", "owner")
    tree.done("person", "block", "MAN1")
    assert tree.lines("person", "list") == [["MAN1", "owner", "P1", "李四", "blocked"]]
    tree.done("person", "unblock", "MAN1")
    assert "platform only" in tree.refused("person", "add", "MAN2", "王五", "P1", "--role", "finance")


def test_endpoints_are_bound_rebound_and_blocked(tree: Terminal) -> None:
    tree.done("person", "add", "MAN1", "李四", "P1", "--role", "salesperson")
    tree.done("endpoint", "add", "web_login", "clerk", "P1", "--person", "MAN1", "--language", "en")
    tree.done("endpoint", "block", "web_login", "clerk")
    assert tree.lines("endpoint", "list") == [["web_login", "clerk", "P1", "MAN1", "blocked"]]
    tree.done("endpoint", "unblock", "web_login", "clerk")
    tree.done("endpoint", "rebind", "web_login", "clerk", "HQ")
    assert tree.lines("endpoint", "list") == [["web_login", "clerk", "HQ", "", ""]]
    assert "already" in tree.refused("endpoint", "add", "web_login", "clerk", "P1")


def test_a_login_made_at_the_terminal_opens_the_page(tree: Terminal) -> None:
    tree.done("endpoint", "add", "web_login", "shop", "P1")
    shown = tree.done("login", "shop").split("password: ")[1].split(" ")[0]
    engine = open_engine(load_settings())
    assert engine.sign_in("shop", shown).party.code == "P1"
    with pytest.raises(Refusal):
        engine.sign_in("shop", shown + "x")
    engine.close()


def test_a_service_password_is_shown_once_and_is_temporary(tree: Terminal) -> None:
    first = tree.done("password", "P1").split("password: ")[1].split(" ")[0]
    second = tree.done("password", "P1").split("password: ")[1].split(" ")[0]
    assert first != second
    assert len(first) == 6
    assert "There is no" in tree.refused("password", "NOWHERE")
