"""Staff's commands from the command line, over real books."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simulators.sim_card.card import SimCard
from stk_sms.cards.gate import GateRules
from stk_sms.cli import CardTools, sim
from stk_sms.packet import parse_command
from tests.stk_sms.till import ICCID, KEY_SET, NEW_MASTERS, OTHER_ICCID, Till
from tests.support.world import NUMBER, PASSWORD


@pytest.fixture
def tools(till: Till) -> CardTools:
    return CardTools(till.desk, till.keys, till.updates(), GateRules(), "en", till.now)


def run(tools: CardTools, *arguments: str) -> Result:
    return CliRunner().invoke(sim, list(arguments), obj=tools)


def done(tools: CardTools, *arguments: str) -> str:
    result = run(tools, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(tools: CardTools, *arguments: str) -> str:
    result = run(tools, *arguments)
    assert result.exit_code == 1
    return result.output


def listed(folder: Path, *rows: str) -> str:
    path = folder / "cards.csv"
    path.write_text("\n".join(["iccid,msisdn,point", *rows]), "utf-8")
    return str(path)


def test_issuing_a_list(tools: CardTools, tmp_path: Path) -> None:
    path = listed(tmp_path, f"{OTHER_ICCID},13800138001,B")
    assert done(tools, "issue", KEY_SET, path) == "1 cards issued, 0 were there already, 0 not issued.\n"
    assert done(tools, "issue", KEY_SET, path).startswith("0 cards issued, 1 were")
    assert OTHER_ICCID in done(tools, "list")


def test_issuing_a_list_with_a_point_that_is_not_there(tools: CardTools, tmp_path: Path) -> None:
    output = refused(tools, "issue", KEY_SET, listed(tmp_path, f"{OTHER_ICCID},13800138001,NOBODY"))
    assert "1 not issued" in output
    assert OTHER_ICCID in output


def test_issuing_a_list_with_a_wrong_line(tools: CardTools, tmp_path: Path) -> None:
    assert "Line 2 of the list" in refused(tools, "issue", KEY_SET, listed(tmp_path, "1,2,3"))


def test_blocking_and_unblocking(tools: CardTools) -> None:
    assert done(tools, "block", ICCID, "lost") == "Done.\n"
    assert "lost" in done(tools, "list")
    assert "blocked: this cannot be done" in refused(tools, "block", ICCID, "lost")
    done(tools, "unblock", ICCID)
    done(tools, "retire", ICCID)
    assert "There is no such card" in refused(tools, "show", OTHER_ICCID)


def test_in_chinese(till: Till) -> None:
    chinese = CardTools(till.desk, till.keys, till.updates(), GateRules())
    assert done(chinese, "block", ICCID, "lost") == "已完成。\n"
    assert "没有这张卡" in refused(chinese, "unblock", OTHER_ICCID)


def test_showing_a_card(tools: CardTools, till: Till, sim: SimCard) -> None:
    till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    till.one(sim.with_body(b"?"))
    output = done(tools, "show", ICCID)
    assert "recharge\t13800138000\t50.00\ttaken" in output
    assert "bad_body\t06" in output
    assert PASSWORD not in output


def test_a_counter_is_reset(tools: CardTools, till: Till, sim: SimCard) -> None:
    done(tools, "reset-counter", ICCID, "1", "500")
    sim.counter = 500
    assert till.one(sim.balance()).text


def test_keys_turn_over(tools: CardTools, till: Till, sim: SimCard, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("kic", "kid")]
    for file, key in zip(files, NEW_MASTERS, strict=True):
        file.write_text(key.hex() + "\n", "ascii")
    options = ("--kic-file", str(files[0]), "--kid-file", str(files[1]))
    assert "Version 2 of key set GD" in done(tools, "add-keys", KEY_SET, "aes", *options)
    done(tools, "activate-keys", KEY_SET, "2", "--keep-days", "10")
    table = done(tools, "keys", KEY_SET)
    assert [line.split("\t")[:3] for line in table.splitlines()] == [["1", "aes", "retiring"], ["2", "aes", "active"]]
    message = bytes.fromhex(done(tools, "key-update", ICCID, "2"))
    assert parse_command(message).kic >> 4 == 1
    assert sim.hear(message) is not None
    done(tools, "kill-keys", KEY_SET, "1")
    assert "no usable key version" in refused(tools, "kill-keys", KEY_SET, "1")
    assert "no usable key version" in refused(tools, "key-update", ICCID, "2")


@pytest.mark.parametrize("content", ["not hexadecimal", "00112233", "密钥"])
def test_a_key_file_that_is_none_is_not_shown(tools: CardTools, tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content, "utf-8")
    output = refused(tools, "add-keys", KEY_SET, "aes", "--kic-file", str(path), "--kid-file", str(path))
    assert "cannot be used" in output
    assert content not in output


def test_upkeep(tools: CardTools, till: Till, sim: SimCard) -> None:
    till.one(sim.balance())
    till.keys.add(KEY_SET, till.algorithm, *NEW_MASTERS)
    till.keys.activate(KEY_SET, 2, timedelta(days=1))
    till.world.clock.pass_time(days=200)
    done(tools, "upkeep")
    assert "dead" in done(tools, "keys", KEY_SET)
    assert till.desk.history(ICCID).messages == []


@pytest.mark.parametrize("arguments", [["dance"], ["reset-counter", ICCID, "16", "1"], ["show", ICCID, "--count", "0"]])
def test_what_click_refuses(tools: CardTools, arguments: list[str]) -> None:
    assert run(tools, *arguments).exit_code == 2
