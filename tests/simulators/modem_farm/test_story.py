"""The whole way, once for each operator and each way of asking: stock, recharge, stock again, the latest; and the ledger agrees."""

import re

import pytest

from simulators.modem_farm import generate, pdu
from tests.simulators.modem_farm.conftest import Make, quick
from tests.simulators.modem_farm.hands import Hands
from tests.simulators.modem_farm.terminal import Terminal, until

CUSTOMERS = {"mkios": "081389092678", "server": "081789092678", "wallet": "09170000007", "fen": "13800138000"}
# The chip's stock after one recharge of 10 units, as the operator writes it.
LEFT = {"mkios": "10rb=119", "server": "4.990.250", "wallet": "49990.45", "fen": "49990.00"}


def read(terminal: Terminal) -> str:
    """The message that was announced, put together from its parts and deleted."""
    terminal.announced()
    lines = terminal.ok("AT+CMGL=4")
    text = ""
    for line in lines:
        if re.fullmatch("[0-9A-F]+", line):
            octets = bytes.fromhex(line)
            text += content_of(octets[octets[0] + 1 :])
    terminal.ok("AT+CMGD=1,4")
    return text


def content_of(tpdu: bytes) -> str:
    """The text of an SMS-DELIVER, read here by hand: sender, protocol, coding, stamp, then the user data."""
    digits = tpdu[1]
    place = 3 + (digits + 1) // 2
    coding, length, data = tpdu[place + 1], tpdu[place + 9], tpdu[place + 10 :]
    head = data[0] + 1 if tpdu[0] & 0x40 else 0
    if coding == pdu.UCS2:
        return data[head:length].decode("utf-16-be")
    bits = int.from_bytes(data, "little")
    fill = (8 * head + 6) // 7
    return "".join(chr(bits >> 7 * number & 0x7F) for number in range(fill, length)).replace("\0", "@")


def sent(terminal: Terminal, service: str, text: str) -> str:
    """Send a request by short message; the answer."""
    part = pdu.parts_of(text, 0)[0]
    tpdu = bytes([1, 0]) + pdu.write_address(service) + bytes([0, part.coding]) + part.user_data()
    assert terminal.send_pdu("00" + tpdu.hex(), len(tpdu))[-1] == "OK"
    return read(terminal)


@pytest.mark.parametrize("name", list(CUSTOMERS))
def test_by_short_message(make_farm: Make, name: str) -> None:
    hands = make_farm(quick(2, name))
    terminal = hands.terminal(1).ready()
    plan = hands.farm.plan.operators[0]
    told = {"number": CUSTOMERS[name], "units": 10, "pin": "1234"}
    assert CUSTOMERS[name] in sent(terminal, plan.service, plan.sms_recharge.format(**told))
    assert LEFT[name] in sent(terminal, plan.service, plan.sms_stock.format(**told))
    assert CUSTOMERS[name] in sent(terminal, plan.service, plan.sms_last.format(**told))
    assert hands.credits() == [(CUSTOMERS[name], 10, 1)]
    assert hands.requests() == [("sms", "recharge", "credited"), ("sms", "stock", "answered"), ("sms", "last", "answered")]


@pytest.mark.parametrize("name", list(CUSTOMERS))
def test_by_ussd(make_farm: Make, name: str) -> None:
    # The short message comes well behind the +CUSD.
    hands = make_farm(quick(2, name, sms_seconds=0.2))
    terminal = hands.terminal(1).ready()
    terminal.ok('AT+CSCS="UCS2"')
    plan = hands.farm.plan.operators[0]

    def ask(template: str) -> str:
        code = template.format(number=CUSTOMERS[name], units=10, pin="1234")
        state, text = terminal.ussd(code.encode("utf-16-be").hex())
        assert state == 0
        return bytes.fromhex(text).decode("utf-16-be")

    assert CUSTOMERS[name] in ask(plan.recharge)
    if plan.answer_by_sms:
        assert LEFT[name] in read(terminal)
    assert LEFT[name] in ask(plan.stock)
    assert CUSTOMERS[name] in ask(plan.last)
    assert hands.credits() == [(CUSTOMERS[name], 10, 1)]


@pytest.mark.parametrize("name", list(CUSTOMERS))
def test_by_the_menu(make_farm: Make, name: str) -> None:
    hands = make_farm(quick(2, name))
    terminal = hands.terminal(1).ready()
    terminal.ok('AT+CSCS="UCS2"')

    def say(text: str) -> int:
        return terminal.ussd(text.encode("utf-16-be").hex())[0]

    assert [say(text) for text in ("*888#", "1", CUSTOMERS[name], "10", "1234")] == [1] * 5
    assert hands.credits() == []
    assert say("1") == 0
    assert hands.credits() == [(CUSTOMERS[name], 10, 1)]


@pytest.mark.parametrize("name", list(CUSTOMERS))
def test_by_the_toolkit(make_farm: Make, name: str) -> None:
    told = quick(2, name)
    told["slots"][1]["model"] = "huawei"
    hands = make_farm(told)
    terminal = hands.terminal(1).ready()
    terminal.ok("AT^STSF=1")
    terminal.ok("AT^STGR=0,0,1,1")
    for kind, given in ((3, f'"{CUSTOMERS[name]}"'), (6, "1"), (3, '"1234"')):
        index = terminal.wait(rf"\^STIN: {kind},(\d),0\r\n").group(1).decode()
        terminal.ok(f"AT^STGR={kind},{index},1,{given}")
    hands.until_credited()
    units = generate.operators(name)[0].get("denominations", [5])[0]
    assert hands.credits() == [(CUSTOMERS[name], units, 1)]


def test_an_agent_asks_and_is_answered(make_farm: Make) -> None:
    """The way of a shop without a message centre: an inbox modem and a dealer's chip."""
    hands = make_farm()
    inbox, dealer = hands.terminal(0).ready(), hands.terminal(1).ready()
    hands.sms("081200000001", hands.number(0), "I.SIM10.081389092678.2233")
    assert read(inbox) == "I.SIM10.081389092678.2233"
    serial = re.search(r"SN: (\d+)", dealer.ussd("*777*081389092678*10*1234#")[1])
    assert serial is not None
    inbox.ok('AT+CMGF=1;+CSCS="IRA"')
    inbox.send_text("081200000001", f"SIM10 081389092678 OK SN {serial.group(1)}")
    until(lambda: hands.texts("081200000001") == [f"SIM10 081389092678 OK SN {serial.group(1)}"], "the answer")


def stock_of(hands: Hands) -> int:
    return hands.pieces(1)[10]


def test_stock_counts_down_to_nothing(make_farm: Make) -> None:
    told = quick()
    told["chips"][1]["stock"] = {"10": 3}
    hands = make_farm(told)
    terminal = hands.terminal(1).ready()
    answers = [terminal.ussd(f"*777*0813890926{number:02d}*10*1234#")[1] for number in range(4)]
    assert ["berhasil" in text for text in answers] == [True, True, True, False]
    assert stock_of(hands) == 0
    hands.do("transfer", hands.iccid(1), units=10, pieces=1)
    assert "berhasil" in terminal.ussd("*777*081389092699*10*1234#")[1]
