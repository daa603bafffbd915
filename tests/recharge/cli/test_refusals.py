"""What the terminal refuses, word for word in Chinese and in English, and that a refused command has changed nothing."""

import pytest

from tests.recharge.cli.conftest import Terminal

HUGE = "9" * 25
LONG = "X" * 200

REFUSED = [
    # Objects that are not there.
    (("party", "rename", "NOPE", "n"), "没有找到代理 NOPE。", "There is no Agent NOPE."),
    (("person", "role", "NOPE", "owner"), "没有找到人员 NOPE。", "There is no person NOPE."),
    (("endpoint", "block", "web_login", "nope"), "没有找到终端 nope。", "There is no endpoint nope."),
    (("product", "sell", "NOPE"), "没有找到产品 NOPE。", "There is no Product NOPE."),
    (("limits", "tier", "NOPE"), "没有找到级别 NOPE。", "There is no tier NOPE."),
    (("number", "port", "13800138000", "NOPE"), "没有找到运营商 NOPE。", "There is no Carrier NOPE."),
    (("route", "add", "NOPE", "CMCC", "9600"), "没有找到充值通道 NOPE。", "There is no link NOPE."),
    (("stock", "buy", "NOPE", "1.00", "--evidence", "invoice 9"), "没有找到充值通道 NOPE。", "There is no link NOPE."),
    (("chip", "hold", "NOPE", "lost"), "没有找到空充卡 NOPE。", "There is no airtime chip NOPE."),
    (("reply", "retire", "NOPE"), "没有找到回复规则 NOPE。", "There is no reply rule NOPE."),
    (("why", "4711"), "没有找到单号4711，请核对后再查。", "Order 4711 was not found. Please check the number and ask again."),
    # Values that cannot be used.
    (("party", "rename", "P1001", ""), "name 的值不能用：", "This value of name cannot be used: "),
    (("party", "shares", "P1001", "--discount", HUGE), f"discount_bp 的值不能用：{HUGE}", f"value of discount_bp cannot be used: {HUGE}"),
    (("limits", "platform", "--day-count", "-1"), "day_count 的值不能用：-1", "This value of day_count cannot be used: -1"),
    (("number", "port", "138a", "CMCC"), "number 的值不能用：138a", "This value of number cannot be used: 138a"),
    (("tier", "add", LONG, "n"), f"code 的值不能用：{LONG[:80]}\n", f"This value of code cannot be used: {LONG[:80]}\n"),
    (("endpoint", "add", "web_login", LONG, "P1001"), f"identity 的值不能用：{LONG[:80]}\n", "This value of identity cannot be used: "),
    # Amounts and evidence.
    (("deposit", "P1001", "0.00", "--evidence", "x"), "此金额不能办理，请换一个金额。", "This amount is not sold."),
    (("deposit", "P1001", "1.00", "--evidence", ""), "请求不完整，未受理，请核对后重新提交。", "The request is incomplete"),
    (("deposit", "P1001", "1.00", "--evidence", LONG), "请求不完整，未受理，请核对后重新提交。", "The request is incomplete"),
]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_refusal_is_one_sentence_in_the_operators_words_and_changes_nothing(province: Terminal, language: str) -> None:
    before = state(province)
    for words, chinese, english in REFUSED:
        told = province.type(*words, language=language)
        assert told.exit_code == 1, words
        assert (chinese if language == "zh_CN" else english) in told.output
        assert told.output.startswith("Error: ")
        assert len(told.output.splitlines()) == 1
    assert state(province) == before


def state(terminal: Terminal) -> list[str]:
    """What the lists say."""
    return [terminal.done(*words) for words in (("party", "list"), ("endpoint", "list"), ("link", "list"), ("product", "list"))]


MISTYPED = [
    ("deposit", "P1001", HUGE, "--evidence", "x"),
    ("stock", "buy", "PROVINCE", "1.005", "--evidence", "x"),
    ("product", "fixed", "ZZ", "n", "CMCC", "ten"),
    ("party", "add", "ZZ", "n", "--kind", "shop"),
    ("person", "add", "ZZ", "n", "P1001", "--role", "king"),
    ("endpoint", "add", "fax", "1", "P1001"),
    ("price", "set", "GOLD", "S50", "1", "--from", "2020-13-01T00:00"),
    ("chip", "pace", "CHIP1", "--hour", "0"),
    ("chip", "last", "CHIP1", "--count", "1001"),
    ("reply", "start", "atlantis"),
    ("reply", "dismiss", "seven"),
    ("verify", "--carrier-ledger", "nowhere.sqlite"),
    ("run", "--part-port", "fax", "7000"),
    ("run", "--without", "fax"),
]


def test_what_was_mistyped_is_shown_with_the_commands_usage(terminal: Terminal) -> None:
    for words in MISTYPED:
        told = terminal.type(*words)
        assert told.exit_code == 2, words
        assert told.output.startswith(f"Usage: main {words[0]}")


@pytest.mark.parametrize("words", [("reply", "dismiss"), ("reply", "make")])
def test_a_text_that_does_not_wait_is_told_whatever_its_number(terminal: Terminal, words: tuple[str, ...]) -> None:
    rest = ("NEW", "success", "sn {sn}") if words[-1] == "make" else ()
    for number in ("0", "7", str(2**63 - 1), str(2**63), HUGE):
        assert number in terminal.refused(*words, number, *rest)
    assert terminal.lines("reply", "list") == []


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh_CN", "text 的值不能用：'\\udcd6'"), ("en", "value of text cannot be used: '\\udcd6'")]
)
def test_words_of_a_terminal_that_does_not_speak_utf_8(province: Terminal, language: str, sentence: str) -> None:
    # A Chinese name in the older GBK encoding reaches the program as octets that are no text.
    typed = b"\xd6P1001".decode("utf-8", "surrogateescape")
    for words in (("party", "block"), ("person", "unblock"), ("link", "pause"), ("login",), ("product", "stop")):
        told = province.type(*words, typed, language=language)
        assert told.exit_code == 1
        assert sentence in told.output
    # What looks at its values first says which one it is.
    assert "\\udcd6" in province.refused("party", "rename", "P1001", typed)
    assert "incomplete" in province.refused("deposit", typed, "1.00", "--evidence", "x")


def test_a_carriers_ledger_that_is_none(terminal: Terminal) -> None:
    terminal.done("party", "add", "HQ", "本部", "--kind", "platform")
    (terminal.folder / "ledger.sqlite").write_text("no ledger at all, but long enough to be looked at\n" * 40, encoding="utf-8")
    told = terminal.refused("verify", "--carrier-ledger", "ledger.sqlite")
    assert "This value of carrier_ledger cannot be used: ledger.sqlite" in told
    (terminal.folder / "empty.sqlite").touch()
    assert "carrier_ledger" in terminal.refused("verify", "--carrier-ledger", "empty.sqlite")
    assert terminal.type("verify", "--carrier-ledger", ".").exit_code == 2


def test_the_reader_looks_at_a_carriers_ledger_only_when_it_is_given_one(province: Terminal) -> None:
    told = province.done("verify")
    assert "I7" in told
    assert "does not hold" not in told


def test_settings_that_are_no_object_leave_the_old_ones(province: Terminal) -> None:
    before = province.lines("link", "list")
    for text in ("", "{", "[1]", "null", "7"):
        assert province.type("link", "settings", before[0][0], text).exit_code == 2
    assert province.lines("link", "list") == before


def test_a_secret_for_a_link_that_is_not_there(province: Terminal) -> None:
    file = province.secret_file()
    told = province.refused("secret", "NOPE", file)
    assert "There is no link NOPE." in told
    assert "s" * 40 not in told
    assert "in order" in province.done("check")


def test_an_unknown_command_is_no_traceback(terminal: Terminal) -> None:
    told = terminal.type("fly")
    assert told.exit_code == 2
    assert "No such command 'fly'" in told.output


def test_a_database_without_its_tables_is_told_by_every_command(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", f"sqlite:///{terminal.folder / 'bare.sqlite3'}")
    for words in ("party list", "link list", "check", "why 1", "verify", "rebuild --check", "deposit P1 1.00 --evidence x"):
        told = terminal.refused(*words.split())
        assert "SELECT" not in told
        assert len(told.splitlines()) == 1
