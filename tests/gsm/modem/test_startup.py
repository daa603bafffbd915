"""Start-up: the card's name by every command, its PIN once, and the reasons for which a modem is left alone."""

import pytest

from gsm.modem.channel import Channel
from gsm.modem.startup import Identity, NotUp, Signal, Trouble, bring_up, greet, read_iccid, read_signal
from tests.gsm.modem.fake import ICCID, IMEI, FakeModem


def no_pin(_iccid: str) -> str | None:
    return None


def test_a_good_modem_comes_up(modem: FakeModem, channel: Channel) -> None:
    assert bring_up(channel, no_pin) == Identity(IMEI, ICCID)
    wanted = ["ATE0", "AT+CMEE=1", "AT+CFUN=1", "AT+CPIN?", "AT+CREG=1", "AT+CMGF=0", "AT+CNMI=2,1,0,0,0", "AT+CUSD=1"]
    assert [command for command in modem.said if command in wanted] == wanted


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("AT+CCID", ['+CCID: "8962000000000000001"', "OK"]),
        ("AT+CCID", ["8962000000000000001F", "OK"]),
        ("AT+ICCID", ["+ICCID: 8962000000000000001", "OK"]),
        ("AT+CRSM=176,12258,0,0,10", ['+CRSM: 144,0,"982600000000000000F1"', "OK"]),
    ],
)
def test_a_cards_name_by_every_command(modem: FakeModem, channel: Channel, command: str, answer: list[str]) -> None:
    modem.answers["AT+CCID"] = ["ERROR"]
    modem.answers[command] = answer
    assert read_iccid(channel) == ICCID


def test_a_card_without_a_name_is_not_used(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CCID"] = ["ERROR"]
    with pytest.raises(NotUp) as failed:
        bring_up(channel, no_pin)
    assert failed.value.trouble is Trouble.NO_ICCID


def test_the_pin_is_entered_once(modem: FakeModem, channel: Channel) -> None:
    def right(fake: FakeModem, _command: str) -> None:
        fake.answers["AT+CPIN?"] = ["+CPIN: READY", "OK"]
        fake.say("OK")

    modem.answers["AT+CPIN?"] = ["+CPIN: SIM PIN", "OK"]
    modem.answers['AT+CPIN="4711"'] = right
    asked: list[str] = []

    def pin_of(iccid: str) -> str | None:
        asked.append(iccid)
        return "4711"

    assert bring_up(channel, pin_of).iccid == ICCID
    assert asked == [ICCID]


@pytest.mark.parametrize(
    ("said", "pin", "trouble"),
    [
        (["+CPIN: SIM PIN", "OK"], None, Trouble.PIN_WANTED),
        (["+CPIN: SIM PIN", "OK"], "1111", Trouble.PIN_REFUSED),
        (["+CPIN: SIM PUK", "OK"], "1111", Trouble.PUK_WANTED),
        (["+CME ERROR: 10"], "1111", Trouble.NO_SIM),
        (["+CPIN: PH-NET PIN", "OK"], "1111", Trouble.NO_SIM),
    ],
)
def test_a_card_that_cannot_be_used(modem: FakeModem, channel: Channel, said: list[str], pin: str | None, trouble: Trouble) -> None:
    modem.answers["AT+CPIN?"] = said
    with pytest.raises(NotUp) as failed:
        bring_up(channel, lambda _iccid: pin)
    assert failed.value.trouble is trouble
    assert len(modem.heard("AT+CPIN=")) == (trouble is Trouble.PIN_REFUSED)


def test_without_pdu_mode_there_is_no_use(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CMGF=0"] = ["ERROR"]
    with pytest.raises(NotUp) as failed:
        bring_up(channel, no_pin)
    assert failed.value.trouble is Trouble.SETTING_REFUSED


def test_a_silent_modem(modem: FakeModem, channel: Channel) -> None:
    modem.deaf = True
    assert not greet(channel, 2, 0.05)


@pytest.mark.parametrize(
    ("strength", "registration", "good"),
    [(8, 1, True), (31, 5, True), (7, 1, False), (99, 1, False), (20, 0, False), (20, 2, False), (20, 3, False)],
)
def test_what_is_heard_well_enough(modem: FakeModem, channel: Channel, strength: int, registration: int, good: bool) -> None:
    modem.answers["AT+CSQ"] = [f"+CSQ: {strength},99", "OK"]
    # The unsolicited form comes between, with one number less.
    modem.answers["AT+CREG?"] = ["+CREG: 4", f"+CREG: 1,{registration}", "OK"]
    signal = read_signal(channel)
    assert signal == Signal(strength, registration)
    assert signal.good == good
