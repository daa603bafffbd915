"""What the command line refuses: one person under two names, days out of order, broken files and settings; each in one sentence."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bank_settle import cli
from bank_settle.days import NO_REASON, NOT_CLOSED, ONE_PERSON, CannotReopen, SomebodyElse
from bank_settle.deposit_tickets import CONFIG
from bank_settle.pipeline import Pipeline
from recharge.cli import main
from tests.support.province import Province
from tests.support.world import MASTER_KEY, PASSWORD

DAY = (date.today() - timedelta(days=2)).isoformat()  # noqa: DTZ011  any day that is over everywhere
NEXT = (date.today() - timedelta(days=1)).isoformat()  # noqa: DTZ011
BANK = 'account = "ICBC"\nnumber = "6228"\nname = "x"\nbank_code = "102421000013"\nform = "bank_csv"\n'
HEAD = "日期,收入,支出,余额,对方户名,对方账号,虚拟账号,我方参考号,流水号,摘要\n"


@pytest.fixture
def config(clean_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A province with a house and one bank account, as its settings and the environment name it."""
    Province(clean_sqlite_url).close()
    for name, value in (("DATABASE_URL", clean_sqlite_url), ("MASTER_KEY", MASTER_KEY.hex()), ("ENVIRONMENT", "development")):
        monkeypatch.setenv(f"KONGCHONG_{name}", value)
    monkeypatch.delenv(CONFIG, raising=False)
    monkeypatch.setattr(cli, "write_reports", lambda parts, _day: [parts.configuration.reports / "x.csv"])
    path = tmp_path / "settle.toml"
    inbox = f'inbox = "{tmp_path}/bank-{{day:%Y%m%d}}"\n'
    path.write_text(f'archive = "archive"\nreports = "reports"\n[[banks]]\n{BANK}{inbox}', encoding="utf-8")
    for day in (DAY, NEXT):
        (tmp_path / f"bank-{day.replace('-', '')}").write_text(HEAD, encoding="utf-8")
    return path


def type_in(config: Path, *words: str, passwords: tuple[str, ...] = (), language: str = "en") -> Result:
    keys = "".join(f"{password}\n" for password in passwords)
    return CliRunner().invoke(main, ["--language", language, "settle", "--config", str(config), *words], input=keys)


def act(config: Path, what: str, person: str, day: str = DAY) -> Result:
    return type_in(config, what, day, "--person", person, passwords=(PASSWORD,))


def reopen(config: Path, maker: str, checker: str, reason: str = "late file", scope: str = "house") -> Result:
    people = ("--maker", maker, "--checker", checker, "--reason", reason)
    return type_in(config, "reopen", scope, DAY, *people, passwords=(PASSWORD, PASSWORD))


def told(result: Result) -> str:
    """What a refused command said after `Error: `."""
    assert result.exit_code == 1, (result.output, result.exception)
    assert "Traceback" not in result.output
    return result.output.rpartition("Error: ")[2].strip()


@pytest.fixture
def signed(config: Path) -> Path:
    assert type_in(config, "run", DAY).exit_code == 0
    assert act(config, "sign", "fin1").exit_code == 0
    return config


def test_one_person_under_two_spellings_does_not_close_what_he_signed(config: Path) -> None:
    assert "bank:ICBC" in told(act(config, "sign", "FIN1"))
    type_in(config, "run", DAY)
    assert "has not signed" in told(act(config, "close", "FIN2"))
    # Who signed is named as the books name him, not as he typed himself.
    assert "signed by FIN1" in act(config, "sign", "fin1").output
    for typed in ("FIN1", "fin1"):
        assert "two people" in told(act(config, "close", typed))
    first = act(config, "close", "fin2").output
    assert "audit chain" in first
    # Closed once more it says the same, and nothing changes.
    assert act(config, "close", "FIN2").output == first


def test_one_person_under_two_spellings_opens_nothing_again(signed: Path) -> None:
    assert "not closed" in told(reopen(signed, "FIN1", "FIN2"))
    act(signed, "close", "FIN2")
    for maker, checker in (("FIN1", "fin1"), ("fin2", "FIN2")):
        assert "Two people" in told(reopen(signed, maker, checker))
    assert "A reason" in told(reopen(signed, "FIN1", "FIN2", "  "))
    words = ("reopen", "house", DAY, "--maker", "FIN1", "--checker", "FIN2", "--reason", "x")
    assert told(type_in(signed, *words, passwords=(PASSWORD, "000000")))
    assert "version 2" in reopen(signed, "fin1", "fin2").output
    assert "not closed" in told(reopen(signed, "FIN2", "FIN1"))


@pytest.mark.parametrize(
    ("language", "open_day", "one_person", "no_reason"),
    [
        ("zh_CN", "这一天没有关账", "两个人", "原因"),
        ("en", "This day is not closed", "Two people are needed", "A reason is needed"),
        ("id", "Hari ini belum ditutup", "Perlu dua orang", "Perlu alasan"),
    ],
)
def test_why_a_day_is_not_opened_again_in_every_language(language: str, open_day: str, one_person: str, no_reason: str) -> None:
    for text, words in ((NOT_CLOSED, open_day), (ONE_PERSON, one_person), (NO_REASON, no_reason)):
        assert words in CannotReopen(text).told(language)


def test_others_sign_and_close_nothing(config: Path) -> None:
    type_in(config, "run", DAY)
    others = ("AUD1", "NOBODY")
    assert told(act(config, "sign", "CS1"))
    act(config, "sign", "FIN1")
    assert all(told(act(config, "close", who)) for who in others)
    assert "closed" not in type_in(config, "status", DAY).output.lower()


def test_a_file_that_cannot_be_used_is_named_with_its_line_in_the_readers_language(config: Path) -> None:
    name = f"bank-{DAY.replace('-', '')}"
    for content, english, indonesian in (("", "empty", "kosong"), (HEAD + "2026-11-20,1.00\n", "line 2", "baris 2")):
        (config.parent / name).write_text(content, encoding="utf-8")
        for language, words in (("en", english), ("id", indonesian)):
            found = type_in(config, DAY, language=language)
            assert found.exit_code == 2
            flat = " ".join(found.output.replace("│", " ").split()).lower()
            assert name in flat
            assert words in flat
            assert not re.search("[\u4e00-\u9fff]", flat)


def test_every_language_says_why_a_day_is_not_closed(signed: Path) -> None:
    words = ("close", DAY, "--person", "FIN1")
    said = {told(type_in(signed, *words, passwords=(PASSWORD,), language=language)) for language in ("zh_CN", "en", "id")}
    assert len(said) == 3


def test_without_settings_or_with_broken_ones(config: Path, tmp_path: Path) -> None:
    bare = CliRunner().invoke(main, ["--language", "en", "settle", "run", DAY])
    assert CONFIG in told(bare)
    assert CliRunner().invoke(main, ["settle", "--config", str(tmp_path / "none.toml"), "run", DAY]).exit_code == 2
    config.write_text(config.read_text(encoding="utf-8").replace("102421000013", "1"), encoding="utf-8")
    assert "bank_code" in told(type_in(config, "run", DAY))


def test_a_form_nobody_declared_is_named(config: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace("bank_csv", "bank_of_nowhere"), encoding="utf-8")
    assert "bank_of_nowhere" in told(type_in(config, "run", DAY))


def test_rules_that_cannot_be_used_stop_the_house(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(f'commission = "rules.toml"\n{text}', encoding="utf-8")
    assert "rules.toml" in told(type_in(config, "run", DAY))
    (config.parent / "rules.toml").write_text("[[rule]]\nname='x'\nbp=-1\neffective_from=2026-01-01\n", encoding="utf-8")
    assert "bp" in told(type_in(config, "run", DAY))


def test_what_is_no_day(config: Path) -> None:
    for day in ("2026-13-01", "2026-02-30", "20261120", "tomorrow", "2026-11-20; ls"):
        found = type_in(config, "run", day)
        assert found.exit_code == 2
        assert "no day like 2026-11-20" in found.output


def test_another_process_at_work_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise SomebodyElse("settle host 17 ab")

    monkeypatch.setattr(Pipeline, "run", busy)
    assert "settle host 17 ab" in told(type_in(config, "run", DAY))


def test_an_answer_that_is_none_is_refused(config: Path) -> None:
    path = config.parent / "answer"
    for content, says in ((b"", "empty"), (b"<Document/>", "official")):
        path.write_bytes(content)
        assert says in told(type_in(config, "answer", "ICBC", str(path))).lower()


def test_a_code_that_can_stand_in_no_reference(config: Path) -> None:
    for code in ("网点", "A B", "A" * 21, "KC-1"):
        assert "reference" in told(type_in(config, "reference", code))
