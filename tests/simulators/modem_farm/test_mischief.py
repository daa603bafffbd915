"""How ttys go wrong, as a terminal sees it; after each, the modem works again."""

import pytest

from tests.simulators.modem_farm.hands import CUSTOMER, RECHARGE, Hands
from tests.simulators.modem_farm.terminal import Terminal, until


def test_hanging_until_the_port_is_opened_again(hands: Hands, terminal: Terminal) -> None:
    hands.fault("hang", target=hands.slot(1))
    terminal.type("AT\r")
    assert terminal.silent(0.1)
    assert hands.modem(1).mischief.hanging
    terminal.type("AT+CFUN=1,1\r")
    assert terminal.silent(0.1)
    terminal.close()
    until(lambda: not hands.modem(1).mischief.hanging, "closed")
    hands.terminal(1).until_ok("AT")


def test_hanging_until_a_reset(hands: Hands, terminal: Terminal) -> None:
    hands.fault("hang_reset")
    terminal.type("AT\r")
    assert terminal.silent(0.1)
    terminal.close()
    again = hands.terminal(1)
    again.type("AT\r")
    assert again.silent(0.1)
    again.type("AT+CFUN=1,1\r")
    until(lambda: not hands.modem(1).present, "gone")
    again.close()
    hands.terminal(1).ready()


def test_hanging_until_power_is_taken(hands: Hands, terminal: Terminal) -> None:
    hands.fault("hang_power")
    terminal.type("AT\r")
    terminal.type("AT+CFUN=1,1\r")
    assert terminal.silent(0.1)
    terminal.close()
    again = hands.terminal(1)
    again.type("AT\r")
    assert again.silent(0.1)
    again.close()
    hands.do("power", hands.slot(1), 0.05)
    hands.terminal(1).ready()


def test_hanging_keeps_unsolicited_lines_back_too(hands: Hands, terminal: Terminal) -> None:
    hands.fault("hang")
    terminal.type("AT\r")
    until(lambda: hands.modem(1).mischief.hanging, "hanging")
    hands.sms("081200000001", hands.number(1), "halo")
    until(lambda: hands.stored(1) == 1, "stored")
    assert terminal.silent(0.1)


def test_one_command_without_an_answer(hands: Hands, terminal: Terminal) -> None:
    hands.fault("skip", only="+CUSD")
    terminal.ok("AT+CSQ")
    terminal.type(f'AT+CUSD=1,"{RECHARGE}",15\r')
    assert terminal.cusd()[0] == 0
    assert hands.credits() == [(CUSTOMER, 10, 1)]
    terminal.ok("AT")


def test_half_an_answer(hands: Hands, terminal: Terminal) -> None:
    hands.fault("partial")
    terminal.type("AT+CSQ\r")
    terminal.wait(rb"^\r\n\+CSQ: 2")
    terminal.type("AT+CGMM\r")
    assert len(terminal.wait(rb"(?s)^(.*?)\r\nGSM900\r\n\r\nOK\r\n").group(1)) <= 2
    assert terminal.ok("AT+CSQ") == ["+CSQ: 21,99"]


def test_echo_comes_back(hands: Hands, terminal: Terminal) -> None:
    hands.fault("echo")
    terminal.type("AT\r")
    terminal.wait(rb"^\r\nOK\r\n")
    terminal.type("AT\r")
    terminal.wait(rb"^AT\r\r\nOK\r\n")


def test_noise_before_the_answer(hands: Hands, terminal: Terminal) -> None:
    hands.fault("garbage")
    terminal.type("AT+CSQ\r")
    noise = terminal.wait(rb"(?s)^(.+)\r\n\r\n\+CSQ: 21,99\r\n\r\nOK\r\n").group(1)
    assert len(noise) >= 4


def test_an_unsolicited_line_inside_the_answer(hands: Hands, terminal: Terminal) -> None:
    hands.fault("urc_inside")
    head, foreign = terminal.ok("AT+CSQ")
    assert head == "+CSQ: 21,99"
    assert foreign.startswith(("+CREG", "^RSSI", "RING", "+CSQ", "^DSFLOWRPT", "+CPIN"))


def test_a_late_answer_falls_into_the_next(hands: Hands, terminal: Terminal) -> None:
    hands.fault("late")
    terminal.type("AT+CGMM\r")
    assert terminal.ok("AT+CSQ") == ["+CSQ: 21,99"]
    terminal.wait(rb"GSM900\r\n\r\nOK\r\n")


def test_an_answer_in_small_pieces(hands: Hands, terminal: Terminal) -> None:
    hands.fault("slow_bytes")
    assert terminal.ok("AT+CGMM") == ["GSM900"]


def test_a_modem_that_starts_again_instead(hands: Hands, terminal: Terminal) -> None:
    hands.fault("reboot", only="+CUSD")
    terminal.type(f'AT+CUSD=1,"{RECHARGE}",15\r')
    until(lambda: not hands.modem(1).present, "gone")
    terminal.close()
    hands.terminal(1).ready()
    assert hands.credits() == []


def test_a_port_that_vanishes_after_the_command_was_obeyed(hands: Hands, terminal: Terminal) -> None:
    hands.fault("vanish", only="+CUSD")
    terminal.type(f'AT+CUSD=1,"{RECHARGE}",15\r')
    until(lambda: not hands.modem(1).present, "gone")
    terminal.close()
    assert hands.credits() == [(CUSTOMER, 10, 1)]
    hands.terminal(1).ready()


def test_a_message_whose_port_vanishes(hands: Hands, terminal: Terminal) -> None:
    terminal.ok("AT+CMGF=1")
    hands.fault("vanish", only="+CMGS")
    terminal.type('AT+CMGS="777"\r')
    terminal.wait(rb"> ")
    terminal.type(f"R {CUSTOMER} 10 1234\x1a")
    until(lambda: not hands.modem(1).present, "gone")
    terminal.close()
    hands.until_credited()
    again = hands.terminal(1).ready()
    # The answer waited for the card in the network, and came once the modem was back.
    until(lambda: hands.stored(1) == 1, "the answer")
    assert again.ok("AT+CPMS?")[0].startswith('+CPMS: "SM",1,20')


@pytest.mark.parametrize("fault", ["skip", "partial", "late", "garbage", "urc_inside", "slow_bytes", "vanish"])
def test_whatever_the_tty_says_the_ledger_has_one_credit(hands: Hands, terminal: Terminal, fault: str) -> None:
    hands.fault(fault, only='+CUSD=1,"')
    terminal.type(f'AT+CUSD=1,"{RECHARGE}",15\r')
    hands.until_credited()
    assert hands.credits() == [(CUSTOMER, 10, 1)]
    assert hands.farm.around.faults.struck == {fault: 1}
