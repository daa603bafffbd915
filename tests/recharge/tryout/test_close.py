"""The day's close in a try-out: finance runs a day, and the money an agent was told to transfer arrives; the part's own files."""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from datetime import datetime, timedelta

import pytest

from bank_settle.configuration import read_configuration
from recharge.engine.administration.password_book import LOGIN, SERVICE, PasswordBook
from recharge.tryout.close import CHECKER, LINK, MAKER, NUMBER, ClosePart
from recharge.tryout.commands import Commands, NotUp
from recharge.tryout.home import Home
from recharge.tryout.play import SEEDED_LINK, SEEDED_PARTNER, province_folder
from recharge.tryout.pos import PosPart
from simulators.bank.play import Bank
from tests.recharge.tryout.conftest import TryOut, free_ports


class Person:
    """Somebody at the site, with cookies of his own."""

    def __init__(self, try_out: TryOut, login: str) -> None:
        self._address = f"http://127.0.0.1:{try_out.ports.page}"
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        password = PasswordBook(try_out.folder / "logins.txt").known(LOGIN, login)
        self.send("/login", "/login", name=login, password=password)

    def read(self, path: str) -> str:
        """A page."""
        with self._browser.open(self._address + path, timeout=30) as answer:
            return str(answer.read().decode())

    def send(self, page: str, path: str, **fields: str) -> str:
        """Fill a form of a page in; the page that it leads to."""
        found = re.search(r'name="guard" value="([^"]+)"', self.read(page))
        assert found is not None
        told = urllib.parse.urlencode({"guard": found[1], **fields}).encode()
        with self._browser.open(self._address + path, told, timeout=30) as answer:
            return str(answer.read().decode())


def a_ticket_is_paid_and_finance_credits_it(try_out: TryOut) -> None:
    """In a running try-out: an agent asks for a ticket, the bank says that the money came, finance runs the day that has not ended."""
    shop, finance = Person(try_out, "shop"), Person(try_out, MAKER[0])
    password = PasswordBook(try_out.folder / "logins.txt").known(SERVICE, MAKER[1])
    [statement] = (try_out.folder / "bank").glob("camt053-*.xml")
    yesterday = statement.stem.removeprefix("camt053-")
    today = str(datetime.fromisoformat(yesterday).date() + timedelta(days=1))
    board = finance.read("/finance/")
    assert all(f"/finance/day/{day}" in board for day in (yesterday, today))
    over = finance.send("/finance/", f"/finance/day/{yesterday}", what="run", password=password)
    assert "银行费用待入账" in over
    assert "终端 pos" in over

    assert "¥500.01" in shop.send("/deposit", "/deposit", amount="500")
    assert "¥500.01" not in shop.read("/orders")
    Bank(try_out.folder / "bank", NUMBER, 1).go_on(today, [(500_01, "")])
    running = finance.send("/finance/", f"/finance/day/{today}", what="run", password=password)
    # What has ended is told, and what has not.
    assert "已对账" in running
    assert f"运营商 {LINK}：这一天还没有过完" in running
    assert "¥500.01" in shop.read("/orders")


@pytest.fixture
def part(home: Home, commands: Commands, monkeypatch: pytest.MonkeyPatch) -> ClosePart:
    def command(_part: ClosePart, _module: str, *words: str, typed: str = "") -> str:
        assert not typed
        given = dict(zip(words[::2], words[1::2], strict=True))
        Bank(_part.bank, given["--account"], 1).go_on(given["--day"], [])
        return ""

    monkeypatch.setattr(ClosePart, "command", command)
    return ClosePart(home, free_ports(), commands)


def test_its_settings_are_the_owners_and_good(part: ClosePart, commands: Commands) -> None:
    part.beside = [part, PosPart(part.home, part.ports, commands)]
    part.begin()
    assert part.settled()
    assert part.failure is None
    path = part.home.folder / "settle.toml"
    assert ClosePart.for_all(part.home) == {"KONGCHONG_SETTLE_CONFIG": str(path)}
    assert path.stat().st_mode & 0o777 == 0o600
    told = read_configuration(path)
    assert told.scopes == [f"carrier:{LINK}", "bank:BANK", "channel:pos", "house"]
    assert told.archive.is_relative_to(part.home.folder)
    assert told.reports.is_relative_to(part.home.folder)
    [bank] = told.banks
    [statement] = part.bank.glob("camt053-*.xml")
    day = datetime.fromisoformat(statement.stem.removeprefix("camt053-")).date()
    assert bank.inbox.format(day=day) == str(statement)


def test_without_terminals_none_are_waited_for(part: ClosePart) -> None:
    part.beside = [part]
    part.begin()
    assert read_configuration(part.home.folder / "settle.toml").channels == ()


@pytest.mark.parametrize(("days_on", "statements"), [(-1, 1), (0, 1), (-2, 2), (-9, 2)])
def test_the_bank_plays_yesterday_unless_it_has_been_beyond(part: ClosePart, days_on: int, statements: int) -> None:
    part.begin()
    [first] = part.bank.glob("camt053-*.xml")
    yesterday = datetime.fromisoformat(first.stem.removeprefix("camt053-"))
    first.rename(first.with_stem(f"camt053-{yesterday + timedelta(days=1 + days_on):%Y-%m-%d}"))
    part.begin()
    assert part.failure is None
    assert len(list(part.bank.glob("camt053-*.xml"))) == statements


def test_what_cannot_be_written_fails_by_itself(part: ClosePart) -> None:
    (part.home.folder / "settle.toml").mkdir()
    part.begin()
    assert isinstance(part.failure, NotUp)
    assert part.failure.name == "close"


def test_it_tells_the_two_of_finance_as_the_province_has_them(part: ClosePart) -> None:
    book = PasswordBook(part.home.passwords)
    made = [book.login(MAKER[0]), book.service(MAKER[1]), book.login(CHECKER[0]), book.service(CHECKER[1])]
    names = ("maker_password", "maker_service_password", "checker_password", "checker_service_password")
    assert [part.facts()[name] for name in names] == made
    told = (province_folder() / "province.toml").read_text(encoding="utf-8")
    assert (LINK, SEEDED_PARTNER in told) == (SEEDED_LINK, True)
    for login, person in (MAKER, CHECKER):
        assert f'identity = "{login}"\nparty = "HQ"\nperson = "{person}"' in told
        # Who must change a password first can run no day.
        assert f'[[credential]]\nparty = "HQ"\nperson = "{person}"\ntemporary = false' in told


def test_passwords_that_are_gone_are_not_made_up(part: ClosePart) -> None:
    assert {part.facts()[name] for name in ("maker_password", "checker_service_password")} == {"?"}


def test_every_process_is_told_where_the_settings_are_and_none_without_the_part(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KONGCHONG_SETTLE_CONFIG", raising=False)
    assert "KONGCHONG_SETTLE_CONFIG" not in home.environment(free_ports())
    home.for_all |= ClosePart.for_all(home)
    assert home.environment(free_ports())["KONGCHONG_SETTLE_CONFIG"] == str(home.folder / "settle.toml")
