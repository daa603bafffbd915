"""The command line: a terminal made from components, keys pressed, what it prints and how it ends."""

import io
import stat
from pathlib import Path

import pytest

from simulators.pos_terminal.ciphers import check_value, combined
from simulators.pos_terminal.console import main
from simulators.pos_terminal.memory import Memory
from tests.simulators.pos_terminal.conftest import MERCHANT, NUMBER, TERMINAL, make
from tests.simulators.pos_terminal.host import MASTER, PASSWORD, Host

FIRST = bytes(range(16))
SECOND = bytes(left ^ right for left, right in zip(FIRST, MASTER, strict=True))


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))


def run(path: Path, host: Host, *words: str, before: tuple[str, ...] = ()) -> int:
    return main([str(path), "--server", f"127.0.0.1:{host.port}", "--seconds", "30", *before, *words])


class TestMake:
    def test_the_key_is_put_together_and_its_check_value_shown(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        typed(monkeypatch, FIRST.hex(), SECOND.hex().upper())
        assert main([str(tmp_path / "T.json"), "make", TERMINAL, "M1", "--serial", "KC42", "--check", "43c6cc"]) == 0
        assert capsys.readouterr().out == "43C6CCCB\n"
        state = Memory(tmp_path / "T.json").state
        assert (state.terminal, state.merchant, state.serial) == (TERMINAL, "M1".ljust(15), "KC42")
        assert bytes.fromhex(state.master) == MASTER
        assert (state.mac, state.strict, state.policy, state.dial_up) == ("x9.19", True, "confirm", "")

    @pytest.mark.parametrize(
        ("words", "mac", "strict", "policy"),
        [
            (("--profile", "cup"), "cup-ecb", False, "reversal"),
            (("--profile", "x99"), "x9.9", False, "reversal"),
            (("--profile", "own", "--policy", "reversal"), "x9.19", True, "reversal"),
        ],
    )
    def test_profiles(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], mac: str, strict: bool, policy: str
    ) -> None:
        typed(monkeypatch, MASTER.hex())
        main([str(tmp_path / "T.json"), "make", TERMINAL, MERCHANT, *words])
        state = Memory(tmp_path / "T.json").state
        assert (state.mac, state.strict, state.policy) == (mac, strict, policy)

    def test_behind_a_concentrator(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        typed(monkeypatch, MASTER.hex())
        main([str(tmp_path / "T.json"), "make", TERMINAL, MERCHANT, "--caller", "073112345678", "--called", "96188"])
        assert Memory(tmp_path / "T.json").state.dial_up.startswith("4c5249001c073112345678ffff96188f")

    @pytest.mark.parametrize("lines", [(), ("zz",), ("00" * 8,), ("00" * 16, "00" * 8)])
    def test_what_is_no_component_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...]) -> None:
        typed(monkeypatch, *lines)
        with pytest.raises(SystemExit):
            main([str(tmp_path / "T.json"), "make", TERMINAL, MERCHANT])
        assert not (tmp_path / "T.json").exists()

    def test_a_check_value_that_does_not_fit_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        typed(monkeypatch, MASTER.hex())
        with pytest.raises(SystemExit):
            main([str(tmp_path / "T.json"), "make", TERMINAL, MERCHANT, "--check", "000000"])
        assert MASTER.hex() not in capsys.readouterr().err


class TestPress:
    def test_a_day(self, path: Path, host: Host, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(path, host, "sign_in") == 0
        assert run(path, host, "recharge", NUMBER, "50", PASSWORD) == 0
        assert run(path, host, "cancel", "2", PASSWORD) == 0
        assert run(path, host, "settle") == 0
        out = capsys.readouterr().out
        for words in ("签到成功", "空中充值凭证", "返销成功 50.00", "批结算单", "对账平"):
            assert words in out
        assert host.types() == ["0800", "0200", "0200", "0500", "0320"]

    @pytest.mark.parametrize(("language", "words"), [("en", "Wrong password"), ("id", "PIN salah"), ("zh_CN", "密码错误")])
    def test_a_refusal_ends_in_an_error(
        self, path: Path, host: Host, capsys: pytest.CaptureFixture[str], language: str, words: str
    ) -> None:
        run(path, host, "sign_in")
        assert run(path, host, "balance", "000000", before=("--language", language)) == 1
        assert words in capsys.readouterr().out

    def test_frames_are_shown_on_request_without_the_password(self, path: Path, host: Host, capsys: pytest.CaptureFixture[str]) -> None:
        run(path, host, "sign_in")
        run(path, host, "recharge", NUMBER, "50", PASSWORD, before=("--frames",))
        out = capsys.readouterr().out
        assert "out 0200" in out
        assert "in 0210" in out
        assert PASSWORD not in out

    def test_a_power_cut_ends_in_an_error_and_the_next_run_finds_out(
        self, path: Path, host: Host, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(path, host, "sign_in")
        assert run(path, host, "recharge", NUMBER, "50", PASSWORD, before=("--fault", "cut:answered")) == 1
        assert capsys.readouterr().out.endswith("cut\n")
        assert run(path, host, "enquire") == 0
        assert "充值成功 50.00" in capsys.readouterr().out

    def test_the_same_sale_again_has_a_mark(self, path: Path, host: Host) -> None:
        run(path, host, "sign_in")
        run(path, host, "recharge", NUMBER, "50", PASSWORD)
        run(path, host, "recharge", "--again", NUMBER, "50", PASSWORD)
        assert bytes.fromhex(host.heard[-1].fields[48]).endswith(b"08011#")

    def test_it_needs_a_server(self, path: Path) -> None:
        with pytest.raises(SystemExit):
            main([str(path), "echo"])

    def test_what_cannot_be_filled_in_is_said(self, path: Path, host: Host, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            run(path, host, "recharge", "x", "50", PASSWORD)
        assert "bad_number" in capsys.readouterr().err
        assert host.heard == []


def test_a_terminal_of_another_folder_is_found(tmp_path: Path, host: Host) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    assert run(make(folder / "T9.json"), host, "echo") == 0


class TestLetters:
    def test_two_components_with_their_check_values(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "letters"
        assert main([str(file), "letters"]) == 0
        lines = [line.split() for line in file.read_text("ascii").splitlines()]
        components = [bytes.fromhex(component) for component, _ in lines]
        assert [check for _, check in lines] == [check_value(one).hex().upper() for one in components]
        assert capsys.readouterr().out.strip() == check_value(combined(components)).hex().upper()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_letters_once_written_are_not_written_over(self, tmp_path: Path) -> None:
        main([str(tmp_path / "letters"), "letters"])
        with pytest.raises(FileExistsError):
            main([str(tmp_path / "letters"), "letters"])
