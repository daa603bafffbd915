"""POS in a try-out: two terminals on a page sell; what is set up is set up once."""

import re
import stat
import urllib.parse
import urllib.request
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from recharge.engine.administration.password_book import SERVICE, PasswordBook
from recharge.tryout import play as play_module
from recharge.tryout.home import Home
from recharge.tryout.pos import DEMO_TERMINALS, DemoTerminal, PosPart
from simulators.pos_terminal.memory import Memory
from tests.recharge.tryout.conftest import TryOut, free_ports

OWN, CUP = DEMO_TERMINALS


class Counter:
    """The page as a cashier uses it."""

    def __init__(self, try_out: TryOut, terminal: DemoTerminal) -> None:
        self._address = f"http://127.0.0.1:{try_out.ports.of('pos_terminal')}"
        self._terminal = terminal.number
        self._digits = PasswordBook(try_out.folder / "logins.txt").known(SERVICE, terminal.point) or ""

    def press(self, item: str, **filled: str) -> str:
        """The display after a key."""
        form = {"terminal": self._terminal, "lang": "zh_CN", "item": item, "password": self._digits} | filled
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{self._address}/press", data, timeout=90) as answer:  # noqa: S310  our own page
            page = answer.read().decode()
        found = re.search(r'<div class="display" role="status">(.*?)</div><div class="glass">', page, re.DOTALL)
        assert found is not None
        return " | ".join(unescape(line) for line in re.findall(r"<div>([^<]*)</div>", found[1]))


@pytest.mark.slow
def test_the_shops_terminals_sell_and_settle(try_out: TryOut) -> None:
    try_out.only = "pos"
    try_out.start()
    for terminal, number in ((OWN, "13800138000"), (CUP, "13800138001")):
        counter = Counter(try_out, terminal)
        assert "签到成功" in counter.press("sign_in")
        assert "充值成功 50.00" in counter.press("recharge", number=number, amount="50")
    counter = Counter(try_out, OWN)
    assert "接收超时" in (shown := counter.press("recharge", number="13800138002", amount="30", fault="lose_answer"))
    assert "充值成功 30.00" in shown
    assert "对账平" in counter.press("settle")
    assert try_out.stop() == 0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "var")
    yield made
    made.close()


def test_key_letters_are_written_once_and_make_the_terminals_key(home: Home) -> None:
    part = PosPart(home, free_ports())
    letters = part._letters(OWN)
    assert part._letters(OWN) == letters
    part._make(OWN)
    file = part.terminals / f"{OWN.number}.json"
    first, second = (bytes.fromhex(line.split()[0]) for line in letters)
    assert bytes.fromhex(Memory(file).state.master) == bytes(left ^ right for left, right in zip(first, second, strict=True))
    made = file.read_bytes()
    part._make(OWN)
    assert file.read_bytes() == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((home.folder / "key-letters" / OWN.number).stat().st_mode) == 0o600


def test_the_terminals_are_as_their_profiles_want(home: Home) -> None:
    part = PosPart(home, free_ports())
    for terminal in DEMO_TERMINALS:
        part._make(terminal)
    states = [Memory(part.terminals / f"{terminal.number}.json").state for terminal in DEMO_TERMINALS]
    assert [(state.mac, state.policy, state.serial) for state in states] == [
        ("x9.19", "confirm", "KCT0000001"),
        ("cup-ecb", "reversal", "KCT0000002"),
    ]


def test_a_terminal_that_stands_is_left_alone(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    part = PosPart(home, free_ports())

    def refuse(module: str, *words: str, typed: str = "") -> str:
        raise AssertionError((module, *words))

    monkeypatch.setattr(part, "command", refuse)
    part._register(OWN, f"{OWN.number}\t{OWN.merchant}\town\tactive\t\t3\tsigned in\t\t")


def test_the_terminals_are_at_points_that_are_seeded_and_may_be_sold_at() -> None:
    told = (play_module.province_folder() / "province.toml").read_text(encoding="utf-8")
    assert all(f'party = "{terminal.point}"' in told for terminal in DEMO_TERMINALS)
    # Others' service passwords must be changed before they can sell.
    assert {terminal.point for terminal in DEMO_TERMINALS} == {play_module.SEEDED_PARTY}
    assert all(re.fullmatch(r"[A-Z0-9]{8}", terminal.number) and len(terminal.merchant) == 15 for terminal in DEMO_TERMINALS)
