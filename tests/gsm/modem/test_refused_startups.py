"""Start-up and signal by modems that refuse, mumble or fall silent: each has its name, and the PIN is never tried for nothing."""

from typing import Any

import pytest

from gsm.modem.channel import Answer, Channel, NoAnswer
from gsm.modem.startup import Identity, NotUp, Signal, Trouble, bring_up, greet, read_iccid, read_identity, read_signal
from tests.gsm.modem.fake import ICCID, IMEI, FakeModem


class Pin:
    """Gives a PIN and remembers for which cards it was asked."""

    def __init__(self, pin: str | None = "4711") -> None:
        self.pin = pin
        self.asked: list[str] = []

    def __call__(self, iccid: str) -> str | None:
        self.asked.append(iccid)
        return self.pin


def trouble(channel: Channel, pin: Pin) -> Trouble:
    with pytest.raises(NotUp) as failed:
        bring_up(channel, pin)
    return failed.value.trouble


def hurry(patch: pytest.MonkeyPatch, silent: str) -> None:
    """Wait only a moment for what is not going to be answered; everything else has its usual time."""
    ask = Channel.ask

    def hurried(self: Channel, command: str, wanted: str | None = None, seconds: float = 5.0, **how: Any) -> Answer:
        return ask(self, command, wanted, 0.05 if command == silent else seconds, **how)

    patch.setattr(Channel, "ask", hurried)


def test_a_ready_card_is_not_asked_for_its_pin(modem: FakeModem, channel: Channel) -> None:
    pin = Pin()
    assert bring_up(channel, pin) == Identity(IMEI, ICCID)
    assert pin.asked == []
    assert modem.heard("AT+CPIN=") == []


def test_a_locked_card_that_hides_its_name_is_asked_for_under_none(modem: FakeModem, channel: Channel) -> None:
    modem.answers |= {"AT+CPIN?": ["+CPIN: SIM PIN", "OK"], "AT+CCID": ["+CME ERROR: 11"]}
    pin = Pin(None)
    assert trouble(channel, pin) is Trouble.PIN_WANTED
    assert pin.asked == [""]


@pytest.mark.parametrize("said", [["+CME ERROR: 16"], ["+CME ERROR: incorrect password"], ["ERROR"]])
def test_a_pin_that_is_refused_is_tried_once(modem: FakeModem, channel: Channel, said: list[str]) -> None:
    modem.answers |= {"AT+CPIN?": ["+CPIN: SIM PIN", "OK"], 'AT+CPIN="4711"': said}
    assert trouble(channel, Pin()) is Trouble.PIN_REFUSED
    assert len(modem.heard("AT+CPIN=")) == 1


def test_a_pin_that_is_taken_and_changes_nothing_is_refused_too(modem: FakeModem, channel: Channel) -> None:
    modem.answers |= {"AT+CPIN?": ["+CPIN: SIM PIN", "OK"], 'AT+CPIN="4711"': ["OK"]}
    assert trouble(channel, Pin()) is Trouble.PIN_REFUSED
    assert len(modem.heard("AT+CPIN=")) == 1


def test_a_pin_without_an_answer_is_not_repeated(modem: FakeModem, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, 'AT+CPIN="4711"')
    modem.answers |= {"AT+CPIN?": ["+CPIN: SIM PIN", "OK"], 'AT+CPIN="4711"': []}
    with pytest.raises(NoAnswer):
        bring_up(channel, Pin())
    assert len(modem.heard("AT+CPIN=")) == 1


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (["+CPIN: SIM PUK", "OK"], Trouble.PUK_WANTED),
        (["+CPIN: SIM PIN2", "OK"], Trouble.NO_SIM),
        (["+CPIN: PH-SIM PIN", "OK"], Trouble.NO_SIM),
        (["+CPIN: NOT INSERTED", "OK"], Trouble.NO_SIM),
        (["OK"], Trouble.NO_SIM),
        (["+CME ERROR: SIM not inserted"], Trouble.NO_SIM),
        (["+CME ERROR: 13"], Trouble.NO_SIM),
    ],
)
def test_no_pin_is_given_to_what_did_not_ask_for_it(modem: FakeModem, channel: Channel, said: list[str], wanted: Trouble) -> None:
    modem.answers["AT+CPIN?"] = said
    pin = Pin()
    assert trouble(channel, pin) is wanted
    assert (pin.asked, modem.heard("AT+CPIN=")) == ([], [])


def test_what_is_wrong_is_told_with_the_modems_own_word(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CPIN?"] = ["+CPIN: PH-NET PIN", "OK"]
    with pytest.raises(NotUp, match="no_sim PH-NET PIN"):
        bring_up(channel, Pin())


@pytest.mark.parametrize("command", ["ATE0", "AT+CMEE=1", "AT+CREG=1", 'AT+CSCS="GSM"', "AT+CNMI=2,1,0,0,0", "AT+CUSD=1"])
def test_settings_that_some_modems_do_not_have_do_not_matter(modem: FakeModem, channel: Channel, command: str) -> None:
    modem.answers[command] = ["ERROR"]
    assert bring_up(channel, Pin()).iccid == ICCID


def test_the_radio_is_switched_on_before_the_card_is_asked(modem: FakeModem, channel: Channel) -> None:
    bring_up(channel, Pin())
    assert modem.said.index("AT+CFUN=1") < modem.said.index("AT+CPIN?") < modem.said.index("AT+CCID")


def test_a_modem_that_stops_in_the_middle_is_no_card_trouble(modem: FakeModem, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, "AT+CCID")
    modem.answers["AT+CCID"] = []
    with pytest.raises(NoAnswer):
        bring_up(channel, Pin())


def test_a_modem_that_never_answers(modem: FakeModem, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, "AT")
    modem.deaf = True
    assert trouble(channel, Pin()) is Trouble.SILENT


def test_greeting_a_port_that_is_gone_ends_at_once(modem: FakeModem, channel: Channel) -> None:
    modem.unplug()
    channel.gone.wait(30)
    assert not greet(channel, tries=1000, seconds=30)


@pytest.mark.parametrize("said", [["ERROR"], ["+CME ERROR: 100"]])
def test_a_modem_that_greets_with_an_error_is_not_taken(modem: FakeModem, channel: Channel, said: list[str]) -> None:
    modem.answers["AT"] = said
    assert not greet(channel, 2)
    assert modem.said == ["AT", "AT"]


@pytest.mark.parametrize(
    ("said", "iccid"),
    [
        (['+CRSM: 144,0,"982600000000000000F1"', "OK"], ICCID),
        (["+CRSM: 144,0,982600000000000000F1", "OK"], ICCID),
        (['+CRSM: 106,130,""', "OK"], ""),
        (['+CRSM: 144,0,"98"', "OK"], ""),
        (["ERROR"], ""),
    ],
)
def test_a_name_out_of_the_cards_own_file(modem: FakeModem, channel: Channel, said: list[str], iccid: str) -> None:
    modem.answers |= {"AT+CCID": ["ERROR"], "AT+CRSM=176,12258,0,0,10": said}
    assert read_iccid(channel) == iccid


def test_a_device_without_a_number_is_known_by_its_card(modem: FakeModem, channel: Channel) -> None:
    modem.answers["AT+CGSN"] = ["ERROR"]
    assert read_identity(channel) == Identity("", ICCID)


@pytest.mark.parametrize(
    ("quality", "registered", "signal"),
    [
        (["ERROR"], ["ERROR"], Signal(99, 0)),
        (["+CSQ: 99,99", "OK"], ["+CREG: 0,5", "OK"], Signal(99, 5)),
        (["+CSQ:17,0", "OK"], ['+CREG: 2,1,"00A1","B2C3"', "OK"], Signal(17, 1)),
        (["+CME ERROR: 30"], ["+CREG: 0,0", "OK"], Signal(99, 0)),
    ],
)
def test_what_is_not_told_is_no_good_signal(
    modem: FakeModem, channel: Channel, quality: list[str], registered: list[str], signal: Signal
) -> None:
    modem.answers |= {"AT+CSQ": quality, "AT+CREG?": registered}
    found = read_signal(channel)
    assert found == signal
    assert found.good is (found == Signal(17, 1))
