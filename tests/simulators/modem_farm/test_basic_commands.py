"""Who a modem is, how it talks, its card and the card's PIN, its power: as a terminal sees them."""

import re

import pytest

from simulators.modem_farm.farm import with_check_digit
from tests.simulators.modem_farm.conftest import Make, quick
from tests.simulators.modem_farm.hands import Hands
from tests.simulators.modem_farm.terminal import Terminal, until

MODELS = ("generic", "wavecom", "huawei", "quectel")


def one_of(make_farm: Make, model: str, **chip: object) -> Hands:
    told = quick()
    told["slots"][1]["model"] = model
    told["chips"][1] |= chip
    return make_farm(told)


def test_attention_and_echo(hands: Hands) -> None:
    terminal = hands.terminal(1)
    terminal.until_ok("AT")
    terminal.type("AT\r")
    terminal.wait(rb"AT\r\r\nOK\r\n")
    terminal.ask("ATE0")
    terminal.seen = b""
    terminal.type("at\r")
    terminal.wait(rb"^\r\nOK\r\n")


def test_several_commands_in_a_line(terminal: Terminal) -> None:
    assert terminal.ok("ATE0V1Q0+CMEE=2;+CMEE?;+CSQ") == ["+CMEE: 2", "+CSQ: 21,99"]


def test_the_first_that_fails_ends_the_line(terminal: Terminal) -> None:
    assert terminal.ask("AT+CSQ;+NOSUCH;+CMEE?") == ["+CSQ: 21,99", "ERROR"]


@pytest.mark.parametrize(("detail", "told"), [(0, "ERROR"), (1, "+CME ERROR: 50"), (2, "+CME ERROR: incorrect parameters")])
def test_errors_as_they_were_asked_for(terminal: Terminal, detail: int, told: str) -> None:
    terminal.ok(f"AT+CMEE={detail}")
    assert terminal.ask("AT+CMEE=7") == [told]


def test_short_results(terminal: Terminal) -> None:
    terminal.type("ATV0\r")
    terminal.wait(rb"^0\r")
    terminal.type("AT+CSQ\r")
    terminal.wait(rb"^\+CSQ: 21,99\r\n0\r")
    terminal.type("AT+NOSUCH\r")
    terminal.wait(rb"^4\r")


def test_no_results(terminal: Terminal) -> None:
    terminal.type("ATQ1\r")
    assert terminal.silent(0.1)
    terminal.ok("ATQ0")


def test_the_latest_command_again(terminal: Terminal) -> None:
    terminal.ok("AT+CSQ")
    terminal.type("A/\r")
    terminal.wait(rb"\+CSQ: 21,99\r\n\r\nOK")


def test_backspace_and_noise_before_the_command(terminal: Terminal) -> None:
    terminal.type("xxAT+CSX\x08Q\r")
    terminal.wait(rb"\+CSQ: 21,99")
    terminal.wait(rb"OK\r\n")
    terminal.type("nothing\r\r\n")
    assert terminal.silent(0.1)


@pytest.mark.parametrize("model", MODELS)
def test_who_it_is(make_farm: Make, model: str) -> None:
    hands = one_of(make_farm, model)
    terminal = hands.terminal(1).ready()
    makers = {"generic": "GENERIC", "wavecom": "WAVECOM MODEM", "huawei": "huawei", "quectel": "Quectel"}
    assert terminal.ok("AT+CGMI") == [makers[model]]
    assert terminal.ok("AT+CGMM") == terminal.ok("AT+GMM")
    assert terminal.ok("AT+CGMR")[0]
    assert makers[model] in " ".join(terminal.ok("ATI"))
    imei = terminal.ok("AT+CGSN")[0]
    assert imei == with_check_digit(imei[:14])
    assert terminal.ok("AT+CIMI")[0].startswith("51010")


def numbers_told(terminal: Terminal) -> dict[str, str]:
    """What each command says the card's number is; those that fail are left out."""
    told = {}
    for command in ("AT+CCID", "AT+ICCID", "AT^ICCID?", "AT+QCCID", "AT+CRSM=176,12258,0,0,10"):
        *lines, final = terminal.ask(command)
        if final == "OK":
            told[command.partition("=")[0]] = lines[0].split()[-1]
    return told


def test_the_cards_number_is_told_by_each_make_in_its_own_way(make_farm: Make) -> None:
    told = {model: numbers_told(one_of(make_farm, model).terminal(1).ready()) for model in MODELS}
    number, swapped = "8962000000000000001", '144,0,"982600000000000000F1"'
    assert told["generic"] == {"AT+CCID": f"{number}F", "AT+ICCID": f"{number}F", "AT+CRSM": swapped}
    assert told["wavecom"] == {"AT+CCID": f'"{number}"', "AT+CRSM": swapped}
    assert told["huawei"] == {"AT^ICCID?": f"{number}F", "AT+CRSM": swapped}
    assert told["quectel"] == {"AT+CCID": f"{number}F", "AT+QCCID": f"{number}F", "AT+CRSM": swapped}


def test_other_files_of_the_card_are_not_there(terminal: Terminal) -> None:
    assert terminal.ok("AT+CRSM=176,28589,0,0,4") == ["+CRSM: 148,4"]
    assert terminal.ok("AT+CRSM=192,12258")[0].startswith('+CRSM: 144,0,"0000000A2FE2')
    assert terminal.ok("AT+CRSM=220,12258") == ["+CRSM: 109,0"]


def test_a_card_that_wants_its_pin(make_farm: Make) -> None:
    hands = one_of(make_farm, "generic", sim_pin="0000")
    terminal = hands.terminal(1)
    terminal.until_ok("ATE0+CMEE=1")
    assert terminal.ok("AT+CPIN?") == ["+CPIN: SIM PIN"]
    assert terminal.ask("AT+CIMI") == ["+CME ERROR: 11"]
    assert terminal.ask("AT+CMGL=4") == ["+CMS ERROR: 311"]
    assert terminal.ok("AT+CREG?") == ["+CREG: 0,0"]
    assert terminal.ask("AT+CPIN=1111") == ["+CME ERROR: 16"]
    assert terminal.ok('AT+CPINR="SIM PIN"') == ["+CPINR: SIM PIN,2,3"]
    terminal.ok('AT+CPIN="0000"')
    assert terminal.ok("AT+CPIN?") == ["+CPIN: READY"]
    assert terminal.ok("AT+CPINR") == ["+CPINR: SIM PIN,3,3", "+CPINR: SIM PUK,10,10"]
    until(lambda: terminal.ok("AT+CREG?") == ["+CREG: 0,1"], "registered")
    assert terminal.ask("AT+CPIN=0000") == ["+CME ERROR: 3"]


def test_three_wrong_pins_lock_the_card(make_farm: Make) -> None:
    hands = one_of(make_farm, "generic", sim_pin="0000", puk="87654321")
    terminal = hands.terminal(1)
    terminal.until_ok("ATE0+CMEE=1")
    finals = [terminal.ask("AT+CPIN=1111")[-1] for _ in range(3)]
    assert finals == ["+CME ERROR: 16", "+CME ERROR: 16", "+CME ERROR: 12"]
    assert terminal.ok("AT+CPIN?") == ["+CPIN: SIM PUK"]
    assert terminal.ask("AT+CPIN=0000") == ["+CME ERROR: 12"]
    assert terminal.ask("AT+CPIN=11111111,4321") == ["+CME ERROR: 16"]
    assert terminal.ok("AT+CPINR")[1] == "+CPINR: SIM PUK,9,10"
    assert terminal.ask("AT+CMGL=4") == ["+CMS ERROR: 316"]
    terminal.ok("AT+CPIN=87654321,4321")
    assert terminal.ok("AT+CPIN?") == ["+CPIN: READY"]


@pytest.mark.parametrize(
    ("model", "command", "told"),
    [
        ("huawei", "AT^CPIN?", ["^CPIN: SIM PIN,3,10,3,10,3"]),
        ("wavecom", "AT+CPINC?", ["+CPINC: 3,3,10,10"]),
        ("quectel", "AT+QPINC?", ['+QPINC: "SC",3,10', '+QPINC: "P2",3,10']),
    ],
)
def test_tries_left_are_told_by_each_make_in_its_own_way(make_farm: Make, model: str, command: str, told: list[str]) -> None:
    terminal = one_of(make_farm, model, sim_pin="0000").terminal(1)
    terminal.until_ok("ATE0")
    assert terminal.ok(command) == told
    other = "AT+QPINC?" if model != "quectel" else "AT^CPIN?"
    assert terminal.ask(other) == ["ERROR"]


def test_no_card(hands: Hands) -> None:
    hands.do("insert", hands.slot(1), "")
    terminal = hands.terminal(1)
    terminal.until_ok("ATE0+CMEE=1")
    for command in ("AT+CPIN?", "AT+CIMI", "AT+CCID", 'AT+CUSD=1,"*776*1234#",15'):
        assert terminal.ask(command) == ["+CME ERROR: 10"]
    for command in ("AT+CMGS=10", "AT+CMGL=4", "AT+CPMS?"):
        assert terminal.ask(command) == ["+CMS ERROR: 310"]


@pytest.mark.parametrize("code", [13, 14])
def test_a_card_that_fails(hands: Hands, terminal: Terminal, code: int) -> None:
    hands.do("card_fails", hands.iccid(1), code)
    assert terminal.ask("AT+CPIN?") == [f"+CME ERROR: {code}"]
    until(lambda: terminal.ok("AT+CREG?") == ["+CREG: 0,0"], "the network is lost")


def test_the_radio_off_and_on(terminal: Terminal) -> None:
    assert terminal.ok("AT+CFUN?") == ["+CFUN: 1"]
    assert terminal.ok("AT+CFUN=?") == ["+CFUN: (0,1,4),(0-1)"]
    terminal.ok("AT+CFUN=4")
    until(lambda: terminal.ok("AT+CREG?") == ["+CREG: 0,0"], "off")
    assert terminal.ok("AT+CSQ") == ["+CSQ: 99,99"]
    terminal.ok("AT+CFUN=1")
    until(lambda: terminal.ok("AT+CREG?") == ["+CREG: 0,1"], "on")
    assert terminal.ask("AT+CFUN=2") == ["+CME ERROR: 50"]


GREETINGS = {
    "generic": rb"\+CPIN: READY",
    "wavecom": rb"\+WIND: 1\r\n\r\n\+WIND: 7\r\n\r\n\+WIND: 4",
    "huawei": rb"\^BOOT:20423123,0,0,0,20\r\n\r\n\^SIMST:1\r\n\r\n\^RSSI:18",
    "quectel": rb"RDY\r\n\r\n\+CFUN: 1\r\n\r\n\+CPIN: READY\r\n\r\n\+QIND: SMS DONE",
}


@pytest.mark.parametrize("model", MODELS)
def test_a_reset_takes_the_port_away_and_brings_it_back(make_farm: Make, model: str) -> None:
    told = quick()
    told["slots"][1]["model"] = model
    hands = make_farm(told)
    terminal = hands.terminal(1).ready()
    terminal.ok("AT+CMGF=1")
    hands.farm.around.traffic.clear()
    terminal.ok("AT+CFUN=1,1")
    until(lambda: not (hands.thread.folder / hands.slot(1)).is_symlink(), "gone")
    terminal.close()

    def said() -> bytes:
        # Whoever opens the tty a moment too late does not hear the greeting: the farm's own record has it.
        kept = hands.thread.call(lambda: list(hands.farm.around.traffic[hands.slot(1)]))
        return "".join(text for _, way, text in kept if way == ">").encode("latin-1")

    until(lambda: re.search(GREETINGS[model], said()), "the greeting")
    assert hands.terminal(1).ready().ok("AT+CMGF?") == ["+CMGF: 0"]


def test_character_sets(terminal: Terminal) -> None:
    assert terminal.ok("AT+CSCS?") == ['+CSCS: "GSM"']
    assert terminal.ok("AT+CSCS=?") == ['+CSCS: ("GSM","IRA","UCS2","HEX","8859-1")']
    assert terminal.ask('AT+CSCS="EBCDIC"') == ["+CME ERROR: 50"]


def test_settings_without_effect_are_kept(terminal: Terminal) -> None:
    assert terminal.ok("AT+CLIP?") == ["+CLIP: 0,1"]
    terminal.ok("AT+CLIP=1")
    assert terminal.ok("AT+CLIP?") == ["+CLIP: 1"]
    terminal.ok("AT&W")
    terminal.ok("ATS0=0")
    terminal.ok("ATZ")
    assert terminal.ask("AT+CLIP?")[-2:] == ["+CLIP: 0,1", "OK"]


def test_it_lists_what_it_understands(terminal: Terminal) -> None:
    listed = terminal.ok("AT+CLAC")
    assert {"+CUSD", "+CMGS", "+CPIN", "E"} <= set(listed)
    assert terminal.ok("AT+GCAP") == ["+GCAP: +CGSM"]


def test_calls_ring(hands: Hands, terminal: Terminal) -> None:
    hands.do("ring", hands.slot(1))
    terminal.wait(rb"\r\nRING\r\n")
    hands.do("say", hands.slot(1), "^RSSI: 14")
    terminal.wait(rb"\r\n\^RSSI: 14\r\n")


def test_indications_are_wavecoms_own(make_farm: Make) -> None:
    assert one_of(make_farm, "wavecom").terminal(1).ready().ok("AT+WIND?") == ["+WIND: 50"]


def test_indications_are_nobody_elses(terminal: Terminal) -> None:
    assert terminal.ask("AT+WIND?") == ["ERROR"]
