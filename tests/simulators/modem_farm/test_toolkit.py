"""The dealer's application on the card, through the toolkit commands of four makes; each ends in a short message to the operator."""

import pytest

from simulators.modem_farm import generate
from simulators.modem_farm.config import OperatorPlan
from simulators.modem_farm.toolkit import Wish, application, menu_of
from simulators.modem_farm.toolkit_dialects import element, elements, proactive
from tests.simulators.modem_farm.conftest import Make, quick
from tests.simulators.modem_farm.hands import CUSTOMER, Hands
from tests.simulators.modem_farm.terminal import Terminal

PLAN = OperatorPlan(**generate.operators("mkios")[0])


def of_make(make_farm: Make, model: str) -> tuple[Hands, Terminal]:
    told = quick()
    told["slots"][1]["model"] = model
    hands = make_farm(told)
    return hands, hands.terminal(1).ready()


def message_on_card(terminal: Terminal) -> str:
    terminal.ok("AT+CMGF=1")
    return terminal.ok('AT+CMGL="ALL"')[1]


def test_wavecom(make_farm: Make) -> None:
    hands, terminal = of_make(make_farm, "wavecom")
    terminal.ok("AT+STSF=1")
    terminal.wait(rb"\+STIN: 0\r\n")
    assert terminal.ok("AT+STGI=0") == [
        '+STGI: "TELKOMSEL"',
        '+STGI: 1,3,"Isi pulsa",0',
        '+STGI: 2,3,"Cek stok",0',
        '+STGI: 3,3,"Trx terakhir",0',
    ]
    terminal.ok("AT+STGR=0,1,1")
    terminal.wait(rb"\+STIN: 3\r\n")
    assert terminal.ok("AT+STGI=3") == ['+STGI: 0,1,6,16,0,"No tujuan:"']
    terminal.type("AT+STGR=3,1\r")
    terminal.wait(rb"\r\n> ")
    terminal.type(CUSTOMER + "\x1a")
    terminal.wait(rb"\+STIN: 6\r\n")
    assert terminal.ok("AT+STGI=6")[:3] == ['+STGI: 0,"Nominal (rb):"', '+STGI: 1,5,"5",0', '+STGI: 2,5,"10",0']
    terminal.ok("AT+STGR=6,1,2")
    terminal.wait(rb"\+STIN: 3\r\n")
    assert terminal.ok("AT+STGI=3") == ['+STGI: 0,0,4,8,0,"PIN:"']
    assert hands.credits() == []
    terminal.ok('AT+STGR=3,1,"1234"')
    terminal.wait(rb"\+STIN: 9\r\n")
    terminal.wait(rb"\+STIN: 1\r\n")
    assert terminal.ok("AT+STGI=1") == ['+STGI: 0,"OK",1']
    terminal.ok("AT+STGR=1,1")
    terminal.wait(rb"\+STIN: 99\r\n")
    hands.until_credited()
    assert hands.credits() == [(CUSTOMER, 10, 1)]
    assert "berhasil" in message_on_card(terminal)


def test_huawei(make_farm: Make) -> None:
    hands, terminal = of_make(make_farm, "huawei")
    terminal.ok("AT^STSF=1")
    index = terminal.wait(rb"\^STIN: 0,(\d),0\r\n").group(1).decode()
    assert terminal.ok(f"AT^STGI=0,{index}")[:2] == ['^STGI: 0,3,"TELKOMSEL"', '^STGI: 1,3,"Isi pulsa",0']
    terminal.ok(f"AT^STGR=0,{index},1,1")
    index = terminal.wait(rb"\^STIN: 3,(\d),0\r\n").group(1).decode()
    assert terminal.ok(f"AT^STGI=3,{index}") == ['^STGI: "No tujuan:",0,2,0,1,6,16,0']
    assert terminal.ask(f'AT^STGR=3,{(int(index) + 1) % 9},1,"{CUSTOMER}"') == ["+CME ERROR: 3"]
    terminal.ok(f'AT^STGR=3,{index},1,"{CUSTOMER}"')
    index = terminal.wait(rb"\^STIN: 6,(\d),0\r\n").group(1).decode()
    assert terminal.ok(f"AT^STGI=6,{index}")[2] == '^STGI: 2,5,"10",0'
    terminal.ok(f"AT^STGR=6,{index},1,2")
    index = terminal.wait(rb"\^STIN: 3,(\d),0\r\n").group(1).decode()
    terminal.ok(f'AT^STGR=3,{index},1,4,"{b"1234".hex()}"')
    terminal.wait(rb"\^STIN: 9,\d,0\r\n")
    index = terminal.wait(rb"\^STIN: 1,(\d),0\r\n").group(1).decode()
    assert terminal.ok(f"AT^STGI=1,{index}") == ['^STGI: "OK",0,1']
    terminal.ok(f"AT^STGR=1,{index},1")
    terminal.wait(rb"\^STIN: 99,0,0\r\n")
    hands.until_credited()


@pytest.mark.parametrize("typed", ['0,"1234"', '8,"0031003200330034"', '4,"31323334"'])
def test_huaweis_input_in_each_coding(make_farm: Make, typed: str) -> None:
    hands, terminal = of_make(make_farm, "huawei")
    terminal.ok("AT^STSF=1")
    terminal.ok("AT^STGR=0,0,1,2")
    index = terminal.wait(rb"\^STIN: 3,(\d),0\r\n").group(1).decode()
    assert terminal.ask(f'AT^STGR=3,{index},1,4,"no"') == ["+CME ERROR: 50"]
    terminal.ok(f"AT^STGR=3,{index},1,{typed}")
    terminal.announced()
    assert hands.requests() == [("sms", "stock", "answered")]


def test_quectel(make_farm: Make) -> None:
    hands, terminal = of_make(make_farm, "quectel")
    terminal.ok("AT+QSTK=1")
    terminal.wait(rb"\+QSTKURC: 37\r\n")
    assert terminal.ok("AT+QSTKGI=37")[:2] == ['+QSTKGI: 37,0,3,"TELKOMSEL"', '+QSTKGI: 37,1,"Isi pulsa",0']
    terminal.ok("AT+QSTKRSP=37,0")
    terminal.ok("AT+QSTKRSP=253,0,1")
    terminal.wait(rb"\+QSTKURC: 35\r\n")
    assert terminal.ok("AT+QSTKGI=35") == ['+QSTKGI: 35,0,"No tujuan:",6,16']
    terminal.ok(f'AT+QSTKRSP=35,0,"{CUSTOMER}"')
    terminal.wait(rb"\+QSTKURC: 36\r\n")
    assert terminal.ok("AT+QSTKGI=36")[2] == '+QSTKGI: 36,2,"10",0'
    terminal.ok("AT+QSTKRSP=36,0,2")
    terminal.wait(rb"\+QSTKURC: 35\r\n")
    assert terminal.ok("AT+QSTKGI=35") == ['+QSTKGI: 35,4,"PIN:",4,8']
    terminal.ok('AT+QSTKRSP=35,0,"1234"')
    terminal.wait(rb"\+QSTKURC: 19\r\n")
    terminal.wait(rb"\+QSTKURC: 33\r\n")
    assert terminal.ok("AT+QSTKGI=33") == ['+QSTKGI: 33,128,"OK"']
    terminal.ok("AT+QSTKRSP=33,0")
    terminal.wait(rb"\+QSTKURC: 254\r\n")
    hands.until_credited()


def response(kind: int, result: int = 0, *more: bytes) -> str:
    """A terminal response, 3GPP TS 11.14 6.8."""
    body = element(0x81, bytes([1, kind, 0])) + element(0x82, b"\x82\x81") + element(0x83, bytes([result])) + b"".join(more)
    return f'AT+CUSATT="{body.hex().upper()}"'


def shown(terminal: Terminal) -> dict[int, bytes]:
    """The next proactive command's TLVs."""
    octets = bytes.fromhex(terminal.wait(rb'\+CUSATP: "([0-9A-F]+)"\r\n').group(1).decode())
    return elements(elements(octets)[0x50])


def test_the_standards_own_form(make_farm: Make) -> None:
    hands, terminal = of_make(make_farm, "generic")
    terminal.ok('AT+CUSATW=0,"FFFF"')
    terminal.ok("AT+CUSATA=1")
    menu = shown(terminal)
    assert (menu[1], menu[5], menu[0x0F]) == (b"\x01\x25\x00", b"TELKOMSEL", b"\x01Isi pulsa")
    assert terminal.ok(response(0x25)) == ["+CUSATT: 0"]
    assert terminal.ok('AT+CUSATE="D30782020181900101"') == ["+CUSATE: 0"]
    question = shown(terminal)
    assert (question[1], question[0x0D], question[0x11]) == (b"\x01\x23\x00", b"\x04No tujuan:", b"\x06\x10")
    terminal.ok(response(0x23, 0, element(0x8D, b"\x04" + CUSTOMER.encode())))
    assert shown(terminal)[1] == b"\x01\x24\x00"
    terminal.ok(response(0x24, 0, element(0x90, b"\x02")))
    assert shown(terminal)[1] == b"\x01\x23\x04"
    # Packed seven bits: "1234" is 31D98C06.
    terminal.ok(response(0x23, 0, element(0x8D, bytes.fromhex("0031D98C06"))))
    assert shown(terminal)[0x0D] == b"\x04OK"
    terminal.ok(response(0x21))
    terminal.wait(rb"\+CUSATEND\r\n")
    hands.until_credited()
    assert hands.credits() == [(CUSTOMER, 10, 1)]


@pytest.mark.parametrize("result", [0x10, 0x11, 0x12])
def test_a_session_that_is_broken_off_sends_nothing(make_farm: Make, result: int) -> None:
    hands, terminal = of_make(make_farm, "generic")
    terminal.ok("AT+CUSATA=1")
    terminal.ok('AT+CUSATE="D30782020181900101"')
    shown(terminal)
    shown(terminal)
    terminal.ok(response(0x23, result))
    terminal.wait(rb"\+CUSATEND\r\n")
    assert hands.requests() == []


@pytest.mark.parametrize("command", ['AT+CUSATE="D3078202"', 'AT+CUSATE="XX"', 'AT+CUSATE="D30782020181900109"', 'AT+CUSATT="8103012500"'])
def test_octets_that_do_not_hold_together_are_refused(make_farm: Make, command: str) -> None:
    _, terminal = of_make(make_farm, "generic")
    terminal.ok("AT+CUSATA=1")
    assert terminal.ask(command)[-1] == "+CME ERROR: 50"


def test_an_input_has_its_lengths(make_farm: Make) -> None:
    _, terminal = of_make(make_farm, "wavecom")
    terminal.ok("AT+STSF=1")
    terminal.ok("AT+STGR=0,1,1")
    terminal.wait(rb"\+STIN: 3\r\n")
    assert terminal.ask('AT+STGR=3,1,"123"') == ["+CME ERROR: 50"]
    terminal.ok("AT+STGR=3,0")
    terminal.wait(rb"\+STIN: 99\r\n")


@pytest.mark.parametrize(
    ("model", "commands"),
    [
        ("wavecom", ["AT+STGI=0", "AT+STGR=0,1,1"]),
        ("huawei", ["AT^STGI=0,0", "AT^STGR=0,0,1,1"]),
        ("quectel", ["AT+QSTKGI=37", "AT+QSTKRSP=253,0,1"]),
    ],
)
def test_nothing_without_switching_it_on(make_farm: Make, model: str, commands: list[str]) -> None:
    _, terminal = of_make(make_farm, model)
    assert [terminal.ask(command)[-1] for command in commands] == ["+CME ERROR: 3"] * len(commands)
    foreign = "AT+STSF=1" if model != "wavecom" else "AT+QSTK=1"
    assert terminal.ask(foreign) == ["ERROR"]


def test_a_wish_that_is_not_there_cannot_be_looked_at(make_farm: Make) -> None:
    _, terminal = of_make(make_farm, "wavecom")
    terminal.ok("AT+STSF=1")
    assert terminal.ask("AT+STGI=6") == ["+CME ERROR: 3"]
    assert terminal.ask("AT+STGR=0,1,7") == ["+CME ERROR: 50"]
    assert terminal.ok("AT+STSF?") == ["+STSF: 1"]


@pytest.mark.parametrize(("fault", "shown_text", "credited"), [("cms_42", "ERROR", 0), ("cms_500_sent", "ERROR", 1)])
def test_a_message_that_fails_is_told_to_the_card(make_farm: Make, fault: str, shown_text: str, credited: int) -> None:
    hands, terminal = of_make(make_farm, "wavecom")
    hands.fault(fault)
    recharge(terminal)
    terminal.wait(rb"\+STIN: 1\r\n")
    assert terminal.ok("AT+STGI=1") == [f'+STGI: 0,"{shown_text}",1']
    hands.until_credited(credited)


def test_a_message_whose_answer_is_lost_leaves_the_session_open(make_farm: Make) -> None:
    hands, terminal = of_make(make_farm, "wavecom")
    hands.fault("cmgs_lost")
    recharge(terminal)
    terminal.wait(rb"\+STIN: 9\r\n")
    hands.until_credited()
    assert b"+STIN" not in terminal.look()


def recharge(terminal: Terminal) -> None:
    """Ask for a recharge by the toolkit, up to the PIN."""
    terminal.ok("AT+STSF=1")
    terminal.ok("AT+STGR=0,1,1")
    terminal.wait(rb"\+STIN: 3\r\n")
    terminal.ok(f'AT+STGR=3,1,"{CUSTOMER}"')
    terminal.wait(rb"\+STIN: 6\r\n")
    terminal.ok("AT+STGR=6,1,2")
    terminal.wait(rb"\+STIN: 3\r\n")
    terminal.ok('AT+STGR=3,1,"1234"')


def test_a_plain_card_has_no_menu(hands: Hands) -> None:
    terminal = hands.terminal(0).ready()
    terminal.ok("AT+CUSATA=1")
    assert terminal.ask('AT+CUSATE="D30782020181900101"') == ["+CME ERROR: 50"]


def test_the_menu_is_offered_again_after_the_pin(make_farm: Make) -> None:
    told = quick()
    told["slots"][1]["model"] = "wavecom"
    hands = make_farm(told)
    terminal = hands.terminal(1).ready()
    terminal.ok("AT+STSF=1")
    terminal.wait(rb"\+STIN: 0\r\n")
    terminal.ok("AT+CFUN=4")
    terminal.ok("AT+CFUN=1")
    terminal.wait(rb"\+STIN: 0\r\n")


# Without a modem


def walk(kind: int, *answers: str | None) -> list[Wish]:
    """The wishes of the application, each answered in turn."""
    running = application(PLAN, kind)
    wishes = [running.send(None)]
    try:
        for answer in answers:
            wishes.append(running.send(answer))  # noqa: PERF401  # the application may end before the answers do
    except StopIteration:
        pass
    return wishes


def test_stock_and_latest_need_the_pin_only() -> None:
    assert [wish.kind for wish in walk(2, "1234", "sent", "1")] == ["input", "sms", "text"]
    assert walk(2, "1234")[-1].title == "S 1234"
    assert walk(3, "1234")[-1].title == "T 1234"


@pytest.mark.parametrize("answers", [(None,), ("",), (CUSTOMER, None), (CUSTOMER, "9"), (CUSTOMER, "2", None)])
def test_no_message_before_everything_was_answered(answers: tuple[str | None, ...]) -> None:
    assert "sms" not in [wish.kind for wish in walk(1, *answers)]


def test_the_menu_of_an_operator() -> None:
    assert menu_of(PLAN) == Wish("menu", "TELKOMSEL", {1: "Isi pulsa", 2: "Cek stok", 3: "Trx terakhir"})


def test_long_values_have_long_lengths() -> None:
    assert element(0x8D, b"x" * 200)[:3] == b"\x8d\x81\xc8"
    assert elements(element(0x8D, b"x" * 200) + element(0x10, b"\x01")) == {0x0D: b"x" * 200, 0x10: b"\x01"}
    assert elements(b"\x8d\x01a\x8d\x01b") == {0x0D: b"a"}


@pytest.mark.parametrize("octets", [b"\x8d", b"\x8d\x02a", b"\x8d\x81", b"\x8d\x81\x05abc"])
def test_values_that_stop_short_are_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="TLV"):
        elements(octets)


def test_chinese_menus_are_ucs2() -> None:
    octets = proactive(Wish("item", "充值", {1: "十元"}))
    told = elements(elements(octets)[0x50])
    assert told[5] == b"\x80" + "充值".encode("utf-16-be")
    assert told[0x0F] == b"\x01\x80" + "十元".encode("utf-16-be")
    assert elements(elements(proactive(Wish("text", "好")))[0x50])[0x0D] == b"\x08" + "好".encode("utf-16-be")
