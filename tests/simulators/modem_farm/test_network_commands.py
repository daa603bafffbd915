"""Signal, registration, operator and USSD, as a terminal sees them; and what the ledger says of each."""

import pytest

from tests.simulators.modem_farm.conftest import Make, quick
from tests.simulators.modem_farm.hands import CUSTOMER, RECHARGE, Hands
from tests.simulators.modem_farm.terminal import Terminal, until


def test_signal_and_registration(hands: Hands, terminal: Terminal) -> None:
    assert terminal.ok("AT+CSQ") == ["+CSQ: 21,99"]
    hands.do("radio", hands.slot(1), signal=5)
    assert terminal.ok("AT+CSQ") == ["+CSQ: 5,99"]
    hands.do("radio", hands.slot(1), signal=0)
    assert terminal.ok("AT+CSQ;+CREG?") == ["+CSQ: 99,99", "+CREG: 0,0"]


@pytest.mark.parametrize(("place", "told"), [("roaming", 5), ("searching", 2), ("denied", 3), ("none", 0)])
def test_registration_is_told_when_it_changes(hands: Hands, terminal: Terminal, place: str, told: int) -> None:
    terminal.ok("AT+CREG=1")
    hands.do("radio", hands.slot(1), registration=place)
    terminal.wait(rf"\r\n\+CREG: {told}\r\n")
    assert terminal.ok("AT+CREG?") == [f"+CREG: 1,{told}"]


def test_the_operator_has_a_name_and_a_number(terminal: Terminal) -> None:
    assert terminal.ok("AT+COPS?") == ['+COPS: 0,0,"TELKOMSEL"']
    terminal.ok("AT+COPS=3,2")
    assert terminal.ok("AT+COPS?") == ['+COPS: 0,2,"51010"']
    assert terminal.ok("AT+COPS=?")[0].startswith('+COPS: (2,"TELKOMSEL"')


def test_without_network_there_is_no_operator_and_no_ussd(hands: Hands, terminal: Terminal) -> None:
    hands.do("radio", hands.slot(1), registration="none")
    assert terminal.ok("AT+COPS?") == ["+COPS: 0"]
    assert terminal.ask(f'AT+CUSD=1,"{RECHARGE}",15') == ["+CME ERROR: 30"]
    assert hands.requests() == []


def test_a_recharge_by_ussd(hands: Hands, terminal: Terminal) -> None:
    state, text = terminal.ussd(RECHARGE)
    assert state == 0
    assert "Rp10.000 ke 081389092678 berhasil. SN: " in text
    assert text.endswith("Sisa stok 10rb=119")
    assert hands.credits() == [(CUSTOMER, 10, 1)]
    assert hands.pieces(1)[10] == 119


def test_a_recharge_by_dialling(hands: Hands, terminal: Terminal) -> None:
    terminal.ok(f"ATD{RECHARGE};")
    assert terminal.cusd()[0] == 0
    assert hands.credits() == [(CUSTOMER, 10, 1)]
    assert terminal.ask("ATD081200000001;") == ["NO CARRIER"]


def test_stock_and_latest_transactions(terminal: Terminal) -> None:
    assert terminal.ussd("*774*1234#") == (0, "Belum ada transaksi.")
    for customer in range(7):
        assert "berhasil" in terminal.ussd(f"*777*08138909267{customer}*5*1234#")[1]
    assert "5rb=33 10rb=120" in terminal.ussd("*776*1234#")[1]
    latest = terminal.ussd("*774*1234#")[1]
    assert [f"08138909267{customer}" in latest for customer in range(7)] == [False, False, True, True, True, True, True]
    assert latest.index("081389092676") < latest.index("081389092672")


def test_the_menu_leads_by_questions(hands: Hands, terminal: Terminal) -> None:
    assert terminal.ussd("*888#") == (1, "1.Isi pulsa\n2.Cek stok\n3.Trx terakhir")
    assert terminal.ussd("1") == (1, "No tujuan:")
    assert terminal.ussd(CUSTOMER) == (1, "Nominal (rb):")
    assert terminal.ussd("20") == (1, "PIN:")
    assert terminal.ussd("1234")[0] == 1
    assert hands.credits() == []
    assert "berhasil" in terminal.ussd("1")[1]
    assert hands.credits() == [(CUSTOMER, 20, 1)]


def test_a_dialogue_that_is_cancelled_does_nothing(hands: Hands, terminal: Terminal) -> None:
    for text in ("*888#", "1", CUSTOMER, "20", "1234"):
        terminal.ussd(text)
    terminal.ok("AT+CUSD=2")
    assert terminal.ussd("1") == (0, "Format salah.")
    assert hands.credits() == []


def test_a_dialogue_that_is_refused_at_its_last_question_does_nothing(hands: Hands, terminal: Terminal) -> None:
    for text in ("*888#", "1", CUSTOMER, "20", "1234"):
        terminal.ussd(text)
    assert terminal.ussd("2") == (0, "Transaksi dibatalkan.")
    assert hands.credits() == []


def test_the_network_ends_a_dialogue_that_is_left_alone(make_farm: Make) -> None:
    hands = make_farm(quick(session_seconds=0.1))
    terminal = hands.terminal(1).ready()
    assert terminal.ussd("*888#")[0] == 1
    assert terminal.cusd() == (2, "")
    assert terminal.ussd("1") == (0, "Format salah.")


def test_an_operator_that_asks_first(make_farm: Make) -> None:
    told = quick()
    told["operators"][0]["confirm"] = True
    hands = make_farm(told)
    terminal = hands.terminal(1).ready()
    assert terminal.ussd(RECHARGE) == (1, "Isi 10rb ke 081389092678? 1.Ya 2.Tidak")
    assert hands.credits() == []
    assert terminal.ussd("1")[0] == 0
    assert hands.credits() == [(CUSTOMER, 10, 1)]


def test_ussd_lines_are_only_shown_to_who_asked_for_them(hands: Hands, terminal: Terminal) -> None:
    terminal.ok("AT+CUSD=0")
    terminal.ok(f'AT+CUSD=0,"{RECHARGE}",15')
    hands.until_credited()
    assert terminal.silent()
    assert terminal.ok("AT+CUSD?") == ["+CUSD: 0"]


def test_ussd_in_ucs2(hands: Hands, terminal: Terminal) -> None:
    terminal.ok('AT+CSCS="UCS2"')
    coded = RECHARGE.encode("utf-16-be").hex().upper()
    _, text = terminal.ussd(coded)
    assert "berhasil" in bytes.fromhex(text).decode("utf-16-be")
    assert hands.credits() == [(CUSTOMER, 10, 1)]
    assert terminal.ask('AT+CUSD=1,"no hexadecimal",15') == ["+CME ERROR: 50"]


def test_letters_outside_the_alphabet_come_as_ucs2(make_farm: Make) -> None:
    hands = make_farm(quick(2, "fen"))
    terminal = hands.terminal(1).ready()
    terminal.ok('AT+CUSD=1,"*777*13800138000*50*1234#",15')
    found = terminal.wait(rb'\+CUSD: 0,"([0-9A-F]+)",72\r\n')
    text = bytes.fromhex(found.group(1).decode()).decode("utf-16-be")
    assert text.startswith("尊敬的代理商,您已成功为客户13800138000充值50.00元,交易流水号:")
    assert text.endswith("您的空中充值账户余额为49950.00元。中国移动")


def test_a_text_that_is_too_long_is_refused(terminal: Terminal) -> None:
    assert terminal.ask(f'AT+CUSD=1,"{"1" * 183}",15') == ["+CME ERROR: 50"]


def test_most_cards_do_not_know_their_number(terminal: Terminal) -> None:
    assert terminal.ok("AT+CNUM") == ['+CNUM: "","",129']


@pytest.mark.parametrize("model", ["huawei", "generic"])
def test_system_information_is_huaweis_own(make_farm: Make, model: str) -> None:
    told = quick()
    told["slots"][1]["model"] = model
    terminal = make_farm(told).terminal(1).ready()
    assert terminal.ask("AT^SYSINFO")[-1] == ("OK" if model == "huawei" else "ERROR")


DONE = {
    "ussd_silent": None, "ussd_timeout": (5, ""), "ussd_ended": (2, ""), "ussd_elsewhere": (3, ""),
    "ussd_split": (0, "berhasil.\r\n"), "ussd_late": (0, "berhasil"), "ussd_before_ok": (0, "berhasil"),
}  # fmt: skip
NOT_DONE = {"ussd_lost": None, "ussd_timeout_lost": (5, ""), "ussd_unsupported": (4, "")}


@pytest.mark.parametrize("fault", [*DONE, *NOT_DONE])
def test_what_the_modem_says_and_what_was_done_are_two_things(hands: Hands, terminal: Terminal, fault: str) -> None:
    hands.fault(fault, target=hands.slot(1))
    terminal.type(f'AT+CUSD=1,"{RECHARGE}",15\r')
    expected = (DONE | NOT_DONE)[fault]
    if expected is None:
        terminal.wait(rb"OK\r\n")
        assert terminal.silent()
    else:
        state, text = terminal.cusd()
        assert (state, expected[1] in text) == (expected[0], True)
    assert hands.credits() == ([(CUSTOMER, 10, 1)] if fault in DONE else [])


@pytest.mark.parametrize(
    ("fault", "final", "done"),
    [
        ("ussd_cme_100", "+CME ERROR: 100", True),
        ("ussd_cme_31", "+CME ERROR: 31", True),
        ("ussd_error", "ERROR", True),
        ("ussd_refused", "+CME ERROR: 30", False),
        ("ussd_busy", "+CME ERROR: 14", False),
    ],
)
def test_errors_after_it_was_done_and_before(hands: Hands, terminal: Terminal, fault: str, final: str, done: bool) -> None:
    hands.fault(fault, target=hands.iccid(1))
    assert terminal.ask(f'AT+CUSD=1,"{RECHARGE}",15') == [final]
    assert terminal.silent()
    assert bool(hands.credits()) == done


def test_the_answer_before_the_ok(hands: Hands, terminal: Terminal) -> None:
    hands.fault("ussd_before_ok")
    lines = terminal.ask(f'AT+CUSD=1,"{RECHARGE}",15')
    assert lines[0].startswith("+CUSD: 0,")
    assert lines[-1] == "OK"


def test_the_answer_twice(hands: Hands, terminal: Terminal) -> None:
    hands.fault("ussd_twice")
    assert terminal.ussd(RECHARGE) == terminal.cusd()
    assert hands.credits() == [(CUSTOMER, 10, 1)]


def test_the_answer_inside_another_commands_answer(hands: Hands, terminal: Terminal) -> None:
    hands.fault("ussd_inside")
    terminal.ok(f'AT+CUSD=1,"{RECHARGE}",15')
    lines = terminal.ok("AT+CSQ")
    assert lines[0] == "+CSQ: 21,99"
    assert lines[1].startswith("+CUSD: 0,")


def test_the_answer_that_finds_no_other_answer_comes_late(hands: Hands, terminal: Terminal) -> None:
    hands.fault("ussd_inside")
    terminal.ok(f'AT+CUSD=1,"{RECHARGE}",15')
    assert terminal.cusd()[0] == 0


def test_the_answer_in_hexadecimal(hands: Hands, terminal: Terminal) -> None:
    hands.fault("ussd_ucs2")
    assert "berhasil" in bytes.fromhex(terminal.ussd(RECHARGE)[1]).decode("utf-16-be")


def test_a_modem_that_started_again_is_not_told(hands: Hands, terminal: Terminal) -> None:
    hands.fault("ussd_late")
    terminal.ok(f'AT+CUSD=1,"{RECHARGE}",15')
    terminal.ok("AT+CFUN=1,1")
    terminal.close()
    until(lambda: not hands.modem(1).present, "gone")
    again = hands.terminal(1).ready()
    assert hands.credits() == [(CUSTOMER, 10, 1)]
    assert "+CUSD" not in again.seen.decode()
