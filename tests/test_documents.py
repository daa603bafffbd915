"""What the documents say exists: settings, commands, files and links; and both first pages say the same."""

import re
from pathlib import Path

import click
import pytest

from recharge.settings import PREFIX, Settings
from tests.support.source import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]
# Gunicorn's own, read by its configuration file and not by the product.
GUNICORN = {"KONGCHONG_WEB_WORKERS", "KONGCHONG_WEB_THREADS"}
# The proofs' own, read by tests.
PROOFS = {
    "KONGCHONG_SEED",
    "KONGCHONG_SEEDS",
    "KONGCHONG_MUTANTS",
    "KONGCHONG_CHIPS",
    "KONGCHONG_CHIP_KILLS",
    "KONGCHONG_PDUS",
    "KONGCHONG_BANK_LINES",
    "KONGCHONG_MONTH_DAYS",
}
# The day's close names its own settings file.
CLOSE = {"KONGCHONG_SETTLE_CONFIG"}


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def settings() -> set[str]:
    return {PREFIX + field.upper() for field in Settings.model_fields}


def variables(text: str) -> set[str]:
    """Settings a text names; `KONGCHONG_X` and `KONGCHONG_...` stand for any."""
    named = {name.removesuffix("_FILE") for name in re.findall(r"KONGCHONG_[A-Z_]+[A-Z]", text)}
    return named - {"KONGCHONG_X"}


def test_the_guide_names_every_setting() -> None:
    assert settings() - variables(text_of(ROOT / "docs" / "operating.md")) == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_setting_that_is_not_there(path: Path) -> None:
    assert variables(text_of(path)) <= settings() | GUNICORN | PROOFS | CLOSE


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").rglob("*")), ids=lambda path: path.name)
def test_no_example_names_a_setting_that_is_not_there(path: Path) -> None:
    if path.is_file() and path.suffix != ".pyc":
        assert variables(text_of(path)) <= settings() | GUNICORN | CLOSE


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(path))
    broken = [link for link in links if not (path.parent / link).exists()]
    assert not broken, broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_are_there(path: Path) -> None:
    named = re.findall(r"`((?:deploy|docs|tests|tools|web|platform|simulators|migrations)/[\w./*-]*)`", text_of(path))
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    assert not missing, missing


def commands(text: str) -> set[str]:
    """Commands of ours that a text tells its reader to type."""
    return set(re.findall(r"(?<![\w/-])kongchong ([a-z]+)(?=[ `\n)])", text))


def test_both_first_pages_tell_of_the_same_commands() -> None:
    english, chinese = (text_of(ROOT / name) for name in ("README.md", "README.zh-CN.md"))
    assert re.findall(r"`([^`\n]*(?:make|kongchong) [^`\n]*)`", english.replace("ORDER", "单号")) == re.findall(
        r"`([^`\n]*(?:make|kongchong) [^`\n]*)`", chinese
    )


def test_both_first_pages_have_the_same_parts() -> None:
    shapes = [re.sub(r"(?m)^(#+).*", r"\1", text_of(ROOT / name)) for name in ("README.md", "README.zh-CN.md")]
    headings = [re.findall(r"(?m)^#+$", shape) for shape in shapes]
    assert headings[0] == headings[1]


def test_every_command_that_is_told_of_exists() -> None:
    from recharge.cli import main

    told, known = set().union(*(commands(text_of(path)) for path in DOCUMENTS)), set(main.list_commands(click.Context(main)))
    assert told <= known, told - known


def test_units_start_what_exists() -> None:
    from recharge.cli import main

    units = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
    started = [line for unit in units for line in text_of(unit).splitlines() if line.startswith("ExecStart=")]
    assert len(started) == len(units)
    own = [line.split("kongchong ")[1].split()[0] for line in started if "bin/kongchong " in line]
    assert set(own) <= set(main.list_commands(click.Context(main)))


def test_the_gateways_unit_finds_who_opens_deposit_tickets() -> None:
    folder = ROOT / "deploy" / "systemd"
    close = re.search(r"settle --config (\S+)", text_of(folder / "kongchong-settle.service"))
    assert close is not None
    assert f"Environment=KONGCHONG_SETTLE_CONFIG={close[1]}" in text_of(folder / "kongchong-sms.service").splitlines()


@pytest.mark.parametrize("unit", sorted((ROOT / "deploy" / "systemd").glob("*.service")), ids=lambda unit: unit.name)
def test_units_give_away_as_little_as_they_can(unit: Path) -> None:
    lines = set(text_of(unit).splitlines())
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "LimitCORE=0", "UMask=0027"} <= lines
    assert not [line for line in lines if re.match(r"Environment=.*(KEY|SECRET|URL)=", line)], "secrets come from files"


def test_the_database_example_never_relaxes_durability() -> None:
    text = text_of(ROOT / "deploy" / "mariadb" / "kongchong.cnf")
    for line in ("innodb_flush_log_at_trx_commit = 1", "sync_binlog = 1", "innodb_snapshot_isolation = ON"):
        assert line in text


def test_nginx_never_sends_a_request_twice() -> None:
    assert "proxy_next_upstream off;" in text_of(ROOT / "deploy" / "nginx" / "kongchong-proxy.conf")
