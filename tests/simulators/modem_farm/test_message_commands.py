"""Short messages through a terminal: sent and received in PDU and text mode, stores, announcements, and what goes wrong."""

import pytest

from simulators.modem_farm import pdu
from tests.simulators.modem_farm.conftest import Make, quick
from tests.simulators.modem_farm.hands import CUSTOMER, Hands
from tests.simulators.modem_farm.terminal import Terminal, until

AGENT = "081200000001"


def submit(recipient: str, text: str, *, report: bool = False) -> tuple[str, int]:
    """An SMS-SUBMIT in PDU form, by hand: no validity, GSM alphabet."""
    part = pdu.parts_of(text, 0)[0]
    first = 0x21 if report else 0x01
    tpdu = bytes([first, 0]) + pdu.write_address(recipient) + bytes([0, part.coding]) + part.user_data()
    return "00" + tpdu.hex().upper(), len(tpdu)


def test_a_message_reaches_an_agents_phone(hands: Hands, terminal: Terminal) -> None:
    assert terminal.send_pdu(*submit("+6281200000001", "halo [agen]")) == ["+CMGS: 1", "OK"]
    until(lambda: hands.texts(AGENT) == ["halo [agen]"], "the message")
    assert hands.messages(AGENT)[0]["sender"] == hands.number(1)


def test_a_message_from_an_agent_is_announced_and_read(hands: Hands, terminal: Terminal) -> None:
    hands.sms(AGENT, hands.number(1), "I.SIM10.081389092678.2233")
    assert terminal.wait(rb'\+CMTI: "SM",(\d+)\r\n').group(1) == b"1"
    head, octets = terminal.ok("AT+CMGR=1")
    assert head == f"+CMGR: 0,,{(len(octets) - 2 - 2 * int(octets[:2], 16)) // 2}"
    assert terminal.ok("AT+CMGR=1")[0].startswith("+CMGR: 1,,")
    terminal.ok("AT+CMGF=1")
    assert terminal.ok("AT+CMGR=1") == [terminal_head(hands, 1), "I.SIM10.081389092678.2233"]


def terminal_head(hands: Hands, place: int) -> str:
    """The head text mode writes for a message on the card of the dealer's chip."""
    message = hands.modem(1).sim.store.places[place].message  # type: ignore[union-attr]
    assert isinstance(message, pdu.Deliver)
    zone = int(message.at.utcoffset().total_seconds()) // 900  # type: ignore[union-attr]
    return f'+CMGR: "REC READ","+6281200000001",,"{message.at:%y/%m/%d,%H:%M:%S}{zone:+03d}"'


def test_text_mode_sends_and_lists(hands: Hands, terminal: Terminal) -> None:
    terminal.ok("AT+CMGF=1")
    assert terminal.send_text("+6281200000001", "apa kabar @rumah_") == ["+CMGS: 1", "OK"]
    # In the GSM set, what a terminal types are the alphabet's own codes: 0x40 is an inverted exclamation mark, 0x5F a section mark.
    until(lambda: hands.texts(AGENT) == ["apa kabar ¡rumah§"], "the message")
    terminal.ok('AT+CSCS="IRA"')
    terminal.send_text("081200000001", "apa kabar @rumah_")
    until(lambda: hands.texts(AGENT)[-1] == "apa kabar @rumah_", "the message")
    hands.sms(AGENT, hands.number(1), "@baik_")
    terminal.announced()
    head, text = terminal.ok('AT+CMGL="REC UNREAD"')
    assert head.startswith('+CMGL: 1,"REC UNREAD","+6281200000001",,"')
    assert text == "@baik_"
    assert terminal.ok("AT+CMGL") == []
    assert len(terminal.ok('AT+CMGL="ALL"')) == 2
    assert terminal.ask('AT+CMGL="NONE"') == ["+CME ERROR: 50"]


def test_text_mode_in_ucs2(hands: Hands, terminal: Terminal) -> None:
    terminal.ok('AT+CMGF=1;+CSCS="UCS2"')
    recipient, text = ("+6281200000001".encode("utf-16-be").hex(), "充值 😀".encode("utf-16-be").hex())
    assert terminal.send_text(recipient, text)[-1] == "OK"
    until(lambda: hands.texts(AGENT) == ["充值 😀"], "the message")
    hands.sms(AGENT, hands.number(1), "好")
    terminal.announced()
    assert terminal.ok("AT+CMGR=1")[1] == "597D"


def test_text_headers_tell_more(hands: Hands, terminal: Terminal) -> None:
    terminal.ok("AT+CMGF=1;+CSDH=1")
    hands.sms(AGENT, hands.number(1), "ya")
    terminal.announced()
    assert terminal.ok("AT+CMGR=1")[0].endswith(',145,4,0,0,"+6281100000",145,2')


def test_ctrl_z_sends_and_escape_does_not(hands: Hands, terminal: Terminal) -> None:
    octets, length = submit("081200000001", "tidak jadi")
    terminal.type(f"AT+CMGS={length}\r")
    terminal.wait(rb"\r\n> ")
    terminal.type(octets + "\x1b")
    terminal.wait(rb"OK\r\n")
    assert hands.messages() == []


@pytest.mark.parametrize("spoilt", ["", "XY", "0", "00" * 15])
def test_octets_that_are_no_message_are_refused(terminal: Terminal, spoilt: str) -> None:
    assert terminal.send_pdu(spoilt, 14) == ["+CMS ERROR: 304"]


def test_a_length_that_does_not_fit_is_refused(terminal: Terminal) -> None:
    octets, length = submit("081200000001", "halo")
    assert terminal.send_pdu(octets, length + 1) == ["+CMS ERROR: 304"]


def test_text_mode_refuses_what_is_no_number_or_too_long(terminal: Terminal) -> None:
    terminal.ok("AT+CMGF=1")
    assert terminal.ask('AT+CMGS="rumah"') == ["+CME ERROR: 50"]
    assert terminal.send_text("081200000001", "x" * 161) == ["+CMS ERROR: 305"]


def test_long_texts_come_in_parts_and_are_put_together(hands: Hands, terminal: Terminal) -> None:
    hands.sms(AGENT, hands.number(1), "x" * 400)
    for _ in range(3):
        terminal.announced()
    lines = terminal.ok("AT+CMGL=4")
    assert [line.split(",")[1] for line in lines[::2]] == ["0", "0", "0"]
    for number, part in enumerate(pdu.parts_of("y" * 310, 9), 1):
        tpdu = bytes([0x41, 0]) + pdu.write_address("081200000001") + bytes([0, 0]) + part.user_data()
        assert terminal.send_pdu("00" + tpdu.hex(), len(tpdu)) == [f"+CMGS: {number}", "OK"]
    until(lambda: hands.texts(AGENT) == ["y" * 310], "one message")


def test_delivery_reports(hands: Hands, terminal: Terminal) -> None:
    terminal.send_pdu(*submit("+6281200000001", "halo", report=True))
    found = terminal.wait(rb"\+CDS: (\d+)\r\n([0-9A-F]+)\r\n")
    octets = bytes.fromhex(found.group(2).decode())
    tpdu = octets[octets[0] + 1 :]
    assert len(tpdu) == int(found.group(1))
    assert tpdu[:2] == b"\x06\x01"
    assert tpdu[-1] == 0
    hands.thread.call(lambda: hands.farm.ledger.set_subscriber(AGENT, "absent"))
    terminal.send_pdu(*submit("+6281200000001", "halo", report=True))
    assert terminal.wait(rb"\+CDS: \d+\r\n[0-9A-F]+(..)\r\n").group(1) == b"46"


def test_reports_may_be_stored_instead(hands: Hands, terminal: Terminal) -> None:
    terminal.ok("AT+CNMI=2,1,0,2,0")
    terminal.send_pdu(*submit("+6281200000001", "halo", report=True))
    terminal.wait(rb'\+CDSI: "SM",1\r\n')
    terminal.ok("AT+CMGF=1")
    head = terminal.ok("AT+CMGR=1")[0]
    assert head.startswith('+CMGR: "REC UNREAD",6,1,"+6281200000001",145,"')
    assert head.endswith(",0")


def test_messages_may_be_shown_at_once(hands: Hands, terminal: Terminal) -> None:
    terminal.ok("AT+CNMI=2,2,0,0,0")
    hands.sms(AGENT, hands.number(1), "langsung")
    found = terminal.wait(rb"\+CMT: ,(\d+)\r\n([0-9A-F]+)\r\n")
    assert len(found.group(2)) == 2 * int(found.group(1)) + 2 + 2 * int(found.group(2)[:2], 16)
    terminal.ok("AT+CMGF=1")
    hands.sms(AGENT, hands.number(1), "lagi")
    terminal.wait(rb'\+CMT: "\+6281200000001",,"[^"]+"\r\nlagi\r\n')
    assert hands.stored(1) == 0


def test_messages_may_come_in_silence(hands: Hands, terminal: Terminal) -> None:
    terminal.ok("AT+CNMI=0,0,0,0,0")
    hands.sms(AGENT, hands.number(1), "diam")
    until(lambda: hands.stored(1) == 1, "stored")
    assert terminal.silent(0.1)


def test_stores_have_room_and_tell_it(hands: Hands, terminal: Terminal) -> None:
    assert terminal.ok("AT+CPMS?") == ['+CPMS: "SM",0,20,"SM",0,20,"SM",0,20']
    assert terminal.ok('AT+CPMS="ME","SM","ME"') == ["+CPMS: 0,50,0,20,0,50"]
    hands.sms(AGENT, hands.number(1), "di modem")
    terminal.wait(rb'\+CMTI: "ME",1\r\n')
    assert terminal.ok("AT+CPMS?") == ['+CPMS: "ME",1,50,"SM",0,20,"ME",1,50']
    assert terminal.ask('AT+CPMS="XX"') == ["+CME ERROR: 50"]
    assert terminal.ok("AT+CPMS=?")[0].startswith("+CPMS: (")


def test_a_full_card_gets_nothing_until_there_is_room(hands: Hands, terminal: Terminal) -> None:
    hands.do("fill", hands.iccid(1))
    hands.sms(AGENT, hands.number(1), "menunggu")
    assert terminal.silent(0.1)
    assert hands.messages()[0]["state"] == "waiting"
    assert terminal.ok("AT+CPMS?") == ['+CPMS: "SM",20,20,"SM",20,20,"SM",20,20']
    terminal.ok("AT+CMGD=7")
    terminal.wait(rb'\+CMTI: "SM",7\r\n')
    terminal.ok("AT+CMGD=1,4")
    assert hands.stored(1) == 0


def test_huawei_says_that_the_card_is_full(make_farm: Make) -> None:
    told = quick()
    told["slots"][1]["model"] = "huawei"
    hands = make_farm(told)
    terminal = hands.terminal(1).ready()
    hands.do("fill", hands.iccid(1))
    hands.sms(AGENT, hands.number(1), "menunggu")
    terminal.wait(rb'\^SMMEMFULL:"SM"\r\n')


def test_deleting(hands: Hands, terminal: Terminal) -> None:
    for text in ("satu", "dua", "tiga"):
        hands.sms(AGENT, hands.number(1), text)
    until(lambda: hands.stored(1) == 3, "stored")
    terminal.ok("AT+CMGR=2")
    assert terminal.ok("AT+CMGD=?") == ["+CMGD: (1,2,3),(0-4)"]
    terminal.ok("AT+CMGD=1,1")
    assert terminal.ok("AT+CMGD=?") == ["+CMGD: (1,3),(0-4)"]
    terminal.ok("AT+CMGD=3")
    assert terminal.ask("AT+CMGR=3") == ["+CMS ERROR: 321"]
    assert terminal.ask("AT+CMGD=21") == ["+CMS ERROR: 321"]
    assert terminal.ask("AT+CMGD=x") == ["+CME ERROR: 50"]


def test_a_recharge_by_message(hands: Hands, terminal: Terminal) -> None:
    terminal.send_pdu(*submit("777", f"R {CUSTOMER} 10 1234"))
    terminal.announced()
    terminal.ok("AT+CMGF=1")
    head, text = terminal.ok("AT+CMGR=1")
    assert '"TELKOMSEL"' in head
    assert "berhasil" in text
    assert hands.credits() == [(CUSTOMER, 10, 1)]


@pytest.mark.parametrize(
    ("fault", "answer", "sent"),
    [
        ("cms_500_sent", ["+CMS ERROR: 500"], True),
        ("cms_38", ["+CMS ERROR: 38"], False),
        ("cms_41", ["+CMS ERROR: 41"], False),
        ("cms_42", ["+CMS ERROR: 42"], False),
    ],
)
def test_errors_say_little_about_what_was_sent(hands: Hands, terminal: Terminal, fault: str, answer: list[str], sent: bool) -> None:
    hands.fault(fault, target=hands.slot(1))
    assert terminal.send_pdu(*submit("777", f"R {CUSTOMER} 10 1234")) == answer
    if sent:
        hands.until_credited()
    else:
        assert terminal.silent()
        assert hands.credits() == []


def test_an_answer_that_is_lost(hands: Hands, terminal: Terminal) -> None:
    hands.fault("cmgs_lost")
    octets, length = submit("777", f"R {CUSTOMER} 10 1234")
    terminal.type(f"AT+CMGS={length}\r")
    terminal.wait(rb"\r\n> ")
    terminal.type(octets + "\x1a")
    terminal.announced()
    assert b"+CMGS" not in terminal.seen
    hands.until_credited()


def test_a_prompt_that_never_comes(hands: Hands, terminal: Terminal) -> None:
    hands.fault("no_prompt")
    terminal.type("AT+CMGS=20\r")
    assert terminal.silent()
    terminal.type("\x1b")
    terminal.wait(rb"OK\r\n")
    terminal.ok("AT")


def test_without_network_nothing_is_sent(hands: Hands, terminal: Terminal) -> None:
    hands.do("radio", hands.slot(1), registration="searching")
    assert terminal.ask("AT+CMGS=20") == ["+CMS ERROR: 331"]


@pytest.mark.parametrize(("code", "told"), [(13, "313"), (14, "314")])
def test_a_card_that_fails(hands: Hands, terminal: Terminal, code: int, told: str) -> None:
    hands.do("card_fails", hands.iccid(1), code)
    assert terminal.ask("AT+CMGS=20") == [f"+CMS ERROR: {told}"]
    assert terminal.ask("AT+CMGL=4") == [f"+CMS ERROR: {told}"]
    hands.do("card_fails", hands.iccid(1), 0)
    assert terminal.ok("AT+CMGL=4") == []


def test_settings_are_kept_and_told(terminal: Terminal) -> None:
    assert terminal.ok("AT+CMGF?") == ["+CMGF: 0"]
    assert terminal.ok("AT+CMGF=?") == ["+CMGF: (0,1)"]
    terminal.ok("AT+CNMI=1,0")
    assert terminal.ok("AT+CNMI?") == ["+CNMI: 1,0,0,1,0"]
    assert terminal.ok("AT+CNMI=?") == ["+CNMI: (0-3),(0-3),(0,2,3),(0-2),(0,1)"]
    assert terminal.ask("AT+CNMI=9") == ["+CME ERROR: 50"]
    assert terminal.ok("AT+CSCA?") == ['+CSCA: "+6281100000",145']
    terminal.ok('AT+CSCA="6281100009"')
    assert terminal.ok("AT+CSCA?") == ['+CSCA: "6281100009",129']
    terminal.ok("AT+CSMP=49,167,0,8")
    assert terminal.ok("AT+CSMP?") == ["+CSMP: 49,167,0,8"]
    assert terminal.ok("AT+CSMS=1") == ["+CSMS: 1,1,1"]
    assert terminal.ok("AT+CSDH?") == ["+CSDH: 0"]
    assert terminal.ok("AT+CMGL=?") == ["+CMGL: (0-4)"]


def test_a_message_may_be_ucs2_by_its_details(hands: Hands, terminal: Terminal) -> None:
    terminal.ok('AT+CMGF=1;+CSCS="IRA";+CSMP=49,167,0,8')
    terminal.send_text("+6281200000001", "wide")
    terminal.wait(rb"\+CDS: 6,1,")
    until(lambda: hands.texts(AGENT) == ["wide"], "the message")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("sms_twice", ["satu", "satu", "dua"]), ("sms_reordered", ["dua", "satu"]), ("sms_late", ["dua", "satu"]), ("sms_lost", ["dua"])],
)
def test_messages_come_twice_late_in_another_order_or_never(hands: Hands, terminal: Terminal, fault: str, expected: list[str]) -> None:
    hands.fault(fault, target=hands.iccid(1))
    hands.sms(AGENT, hands.number(1), "satu")
    hands.sms(AGENT, hands.number(1), "dua")
    until(lambda: hands.stored(1) == len(expected), "all of them")
    terminal.ok("AT+CMGF=1")
    assert terminal.ok('AT+CMGL="ALL"')[1::2] == expected
