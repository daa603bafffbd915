"""`kongchong settle DAY` as an operator types it, over a real deployment's settings: run, status, sign, close, reopen, payments."""

from datetime import date, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bank_settle.cli import DAY as DAY_TYPE
from bank_settle.cli import settle
from bank_settle.configuration import BadConfiguration, read_configuration
from recharge.cli import main
from tests.support.province import Province
from tests.support.world import MASTER_KEY, PASSWORD

YESTERDAY = (date.today() - timedelta(days=2)).isoformat()  # noqa: DTZ011  any day that is over everywhere


@pytest.fixture
def deployment(clean_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A province whose settings come from the environment, and the close's own file."""
    Province(clean_sqlite_url).close()
    for name, value in (("DATABASE_URL", clean_sqlite_url), ("MASTER_KEY", MASTER_KEY.hex()), ("ENVIRONMENT", "development")):
        monkeypatch.setenv(f"KONGCHONG_{name}", value)
    path = tmp_path / "settle.toml"
    path.write_text(
        'archive = "archive"\nreports = "reports"\nchannels = ["pos"]\n[[carriers]]\nlink = "CARRIER"\nform = "yintong"\nowner = "1"\n'
        f'inbox = "{tmp_path}/in-{{day:%Y%m%d}}"\n[[banks]]\naccount = "ICBC"\nnumber = "6228"\nname = "x"\nbank_code = "102421000013"\n'
        f'form = "bank_csv"\ninbox = "{tmp_path}/bank-{{day:%Y%m%d}}"\n',
        encoding="utf-8",
    )
    return path


def type_in(config: Path, *words: str, keys: str = "") -> Result:
    return CliRunner().invoke(main, ["--language", "en", "settle", "--config", str(config), *words], input=keys)


def test_a_day_from_the_command_line(deployment: Path) -> None:
    found = type_in(deployment, YESTERDAY)
    assert found.exit_code == 2, found.output
    assert "waits" in found.output
    compact = YESTERDAY.replace("-", "")
    (deployment.parent / f"in-{compact}").write_bytes(b"")
    (deployment.parent / f"bank-{compact}").write_text("head\n", encoding="utf-8")
    done = type_in(deployment, "run", YESTERDAY)
    assert done.exit_code == 0, done.output
    status = type_in(deployment, "status", YESTERDAY)
    assert (status.exit_code, "terminals pos" in status.output) == (0, True)
    refused = type_in(deployment, "close", YESTERDAY, "--person", "FIN1", keys=f"{PASSWORD}\n")
    assert (refused.exit_code, "has not signed" in refused.output) == (1, True)
    assert type_in(deployment, "sign", YESTERDAY, "--person", "FIN1", keys="000000\n").exit_code == 1
    assert type_in(deployment, "sign", YESTERDAY, "--person", "AUD1", keys=f"{PASSWORD}\n").exit_code == 1
    signed = type_in(deployment, "sign", YESTERDAY, "--person", "FIN1", keys=f"{PASSWORD}\n")
    assert signed.exit_code == 0, (signed.output, signed.exception)
    closed = type_in(deployment, "close", YESTERDAY, "--person", "FIN2", keys=f"{PASSWORD}\n")
    assert closed.exit_code == 0, (closed.output, closed.exception)
    assert "audit chain" in closed.output
    assert len(list((deployment.parent / "reports").rglob("*.pdf"))) == 11
    again = type_in(deployment, "reopen", "carrier:CARRIER", YESTERDAY, "--maker", "FIN1", "--checker", "FIN2", "--reason", "late file",
                    keys=f"{PASSWORD}\n{PASSWORD}\n")  # fmt: skip
    assert "version 2" in again.output, again.output


def test_payments_without_any_and_a_reference(deployment: Path, tmp_path: Path) -> None:
    assert "Nothing to pay" in type_in(deployment, "payments", "ICBC", YESTERDAY, "--out", str(tmp_path)).output
    assert type_in(deployment, "payments", "NOBODY", YESTERDAY, "--out", str(tmp_path)).exit_code == 1
    assert type_in(deployment, "reference", "P1001").output.startswith("KCP1001")
    assert type_in(deployment, "answer", "ICBC", str(deployment)).exit_code == 1


def test_settings_that_are_wrong_are_named(tmp_path: Path) -> None:
    path = tmp_path / "settle.toml"
    for text, why in (
        ("x =", "settle.toml"),
        ('archive="a"\nreports="r"\n[[carriers]]\nlink="A"\nform="yintong"\n', "inbox"),
        ('archive="a"\nreports="r"\n[[carriers]]\nlink="A"\n[[carriers]]\nlink="A"\n', "twice"),
        ('archive="a"\nreports="r"\n[[carriers]]\nlink="A"\nzone="Moon"\n', "carriers"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BadConfiguration, match=why):
            read_configuration(path)


def test_days_as_people_type_them(deployment: Path) -> None:
    assert DAY_TYPE.convert("2026-11-20", None, None) == date(2026, 11, 20)
    assert isinstance(DAY_TYPE.convert("yesterday", None, None), date)
    with pytest.raises(click.BadParameter):
        DAY_TYPE.convert("20.11.2026", None, None)
    assert "run" in settle.commands
    assert CliRunner().invoke(main, ["settle", "run", YESTERDAY]).exit_code == 1


def test_reports_that_do_not_get_there_are_told_in_one_sentence(deployment: Path) -> None:
    compact = YESTERDAY.replace("-", "")
    (deployment.parent / f"in-{compact}").write_bytes(b"")
    (deployment.parent / f"bank-{compact}").write_text("head\n", encoding="utf-8")
    (deployment.parent / "blocked").write_text("no folder", encoding="utf-8")
    deployment.write_text(deployment.read_text(encoding="utf-8") + '[delivery]\nfolder = "blocked"\n', encoding="utf-8")
    type_in(deployment, "run", YESTERDAY)
    type_in(deployment, "sign", YESTERDAY, "--person", "FIN1", keys=f"{PASSWORD}\n")
    closed = type_in(deployment, "close", YESTERDAY, "--person", "FIN2", keys=f"{PASSWORD}\n")
    assert closed.exit_code == 1
    # The head is told all the same, and the reports lie in their folder.
    assert "audit chain" in closed.output
    assert "were not delivered" in closed.output
    assert "Traceback" not in closed.output
    assert len(list((deployment.parent / "reports").rglob("*.pdf"))) == 11
