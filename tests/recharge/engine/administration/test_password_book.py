"""First passwords: strong, written down before they are used, readable by their owner only."""

import stat
from pathlib import Path

import pytest

from recharge.domain.passwords import check_new
from recharge.engine.administration.password_book import LOGIN, SERVICE, PasswordBook, new_login, new_service
from recharge.keys.logins import check_new_login


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logins.txt"


def test_a_password_is_in_the_file_before_it_is_given_out(path: Path) -> None:
    book = PasswordBook(path)
    login, service = book.login("shop"), book.service("P1001")
    assert path.read_text(encoding="utf-8") == f"login shop {login}\nservice P1001 {service}\n"


def test_only_the_owner_reads_the_file(path: Path) -> None:
    PasswordBook(path).login("shop")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_name_has_the_same_password_also_after_a_restart(path: Path) -> None:
    first = PasswordBook(path)
    login, service = first.login("shop"), first.service("shop")
    again = PasswordBook(path)
    assert (again.login("shop"), again.service("shop")) == (login, service)
    assert path.read_text(encoding="utf-8").count("\n") == 2


def test_looking_a_password_up_makes_none(path: Path) -> None:
    book = PasswordBook(path)
    assert book.known(LOGIN, "shop") == ""
    assert not path.exists()
    made = book.service("P1001")
    assert book.known(SERVICE, "P1001") == made


def test_lines_that_people_added_are_passed_over(path: Path) -> None:
    path.write_text("# the first passwords\n\nlogin shop abcd-efgh\n", encoding="utf-8")
    assert PasswordBook(path).login("shop") == "abcd-efgh"


def test_made_passwords_pass_the_rules_they_are_for() -> None:
    logins, services = {new_login() for _ in range(50)}, {new_service() for _ in range(200)}
    assert len(logins) == 50
    assert len(services) > 190
    assert all(check_new_login(password, "shop") for password in logins)
    for digits in services:
        check_new(digits)
