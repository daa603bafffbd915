"""The card from the command line."""

from pathlib import Path

import pytest

from simulators.sim_card.__main__ import main
from simulators.sim_card.card import SimCard
from stk_sms.packet import parse_command
from tests.stk_sms.till import ICCID, MASTERS, MSISDN


@pytest.fixture
def card_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    masters = tmp_path / "masters"
    masters.write_text("\n".join(key.hex() for key in MASTERS), "ascii")
    path = tmp_path / "card.json"
    main([str(path), "make", ICCID, MSISDN, "--masters", str(masters)])
    assert capsys.readouterr().out.strip() == ICCID
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> bytes:
    main(list(arguments))
    return bytes.fromhex(capsys.readouterr().out)


@pytest.mark.parametrize(
    "command",
    [
        ["recharge", "13800138000", "5000", "274961"],
        ["balance"],
        ["transfer", "20001", "5000", "274961"],
        ["change_password", "274961", "135792"],
    ],
)
def test_what_it_sends_is_a_packet(card_file: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert parse_command(said(capsys, str(card_file), *command)).tar.hex() == "b2c001"
    assert SimCard(card_file).counter == 1


def test_after_a_sale(card_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = said(capsys, str(card_file), "recharge", "13800138000", "5000", "274961")
    assert said(capsys, str(card_file), "resend") == first
    assert said(capsys, str(card_file), "corrupt", "--seed", "3") != first
    for command in (["repeat", "274961"], ["query"], ["reversal", "274961"]):
        assert parse_command(said(capsys, str(card_file), *command)).tar.hex() == "b2c001"


def test_a_clone_prints_nothing(card_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(card_file), "clone", str(tmp_path / "clone.json")])
    assert capsys.readouterr().out == ""
    assert SimCard(tmp_path / "clone.json").iccid == ICCID


def test_it_hears(card_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.simulators.sim_card.test_card import key_message

    assert parse_command(said(capsys, str(card_file), "hear", key_message().hex())).kic == 0x22


@pytest.mark.parametrize("arguments", [[], ["card"], ["card", "dance"], ["card", "recharge", "1", "much", "2"]])
def test_what_it_does_not_understand(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
