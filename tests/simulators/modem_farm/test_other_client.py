"""python-gsmmodem, which we did not write, drives our modems: it connects, sends, receives, and leads USSD dialogues."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from gsmmodem.exceptions import CmeError, CmsError, IncorrectPinError, PinRequiredError
from gsmmodem.modem import GsmModem, ReceivedSms, Sms

from tests.simulators.modem_farm.conftest import Make, quick
from tests.simulators.modem_farm.hands import CUSTOMER, RECHARGE, Hands
from tests.simulators.modem_farm.terminal import until

AGENT = "081200000001"
Connect = Callable[..., GsmModem]


def handled() -> None:
    """Wait for what the client does in threads of its own: after it has told of a message it still deletes it."""
    for thread in threading.enumerate():
        if "HandleModemNotification" in thread.name:
            thread.join()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects a client to a slot; it is closed when the test is over."""
    logging.getLogger("gsmmodem").setLevel(logging.CRITICAL)
    with ExitStack() as stack:

        def made(
            hands: Hands, number: int = 1, *, text_mode: bool = False, reports: bool = False, pin: str | None = None, **told: object
        ) -> GsmModem:
            path = hands.thread.folder / hands.slot(number)
            until(path.exists, "the tty")
            # It asks for a report of everything it sends, and stumbles over one that comes while it types the next part.
            modem = GsmModem(str(path), 115_200, AT_CNMI="2,1,0,2,0" if reports else "2,1,0,0,0", **told)
            modem.timeout = 0.02
            modem.smsTextMode = text_mode
            stack.callback(modem.close)
            stack.callback(handled)
            modem.connect(pin=pin, waitingForModemToStartInSeconds=10)
            return modem

        yield made


def of_make(make_farm: Make, model: str = "generic", **chip: object) -> Hands:
    told = quick(ussd_seconds=0.05)
    told["slots"][1]["model"] = model
    told["chips"][1] |= chip
    return make_farm(told)


@pytest.mark.parametrize("model", ["generic", "wavecom", "huawei", "quectel"])
def test_it_knows_each_make(make_farm: Make, connect: Connect, model: str) -> None:
    hands = of_make(make_farm, model)
    modem = connect(hands)
    assert modem.waitForNetworkCoverage(30) == 21
    assert modem.imei == hands.modem(1).plan.imei
    assert modem.imsi.startswith("51010")
    assert modem.networkName == "TELKOMSEL"
    assert modem.smsc == "+6281100000"
    assert {"+CUSD", "+CMGS"} <= set(modem.supportedCommands)


def test_it_recharges_by_ussd(make_farm: Make, connect: Connect) -> None:
    hands = of_make(make_farm)
    modem = connect(hands)
    until(lambda: hands.modem(1).registered, "the network")
    answer = modem.sendUssd(RECHARGE)
    assert not answer.sessionActive
    assert "berhasil" in answer.message
    assert hands.credits() == [(CUSTOMER, 10, 1)]


def test_it_leads_a_dialogue(make_farm: Make, connect: Connect) -> None:
    hands = of_make(make_farm)
    modem = connect(hands)
    until(lambda: hands.modem(1).registered, "the network")
    question = modem.sendUssd("*888#")
    assert question.sessionActive
    question = question.reply("2")
    assert (question.sessionActive, question.message) == (True, "PIN:")
    answer = question.reply("1234")
    assert not answer.sessionActive
    assert answer.message.startswith("Stok M-KIOS Anda: ")


@pytest.mark.parametrize("text_mode", [False, True])
def test_it_sends_and_receives_messages(make_farm: Make, connect: Connect, text_mode: bool) -> None:
    hands = of_make(make_farm)
    received: list[ReceivedSms] = []
    modem = connect(hands, text_mode=text_mode, reports=True, smsReceivedCallbackFunc=received.append)
    until(lambda: hands.modem(1).registered, "the network")
    sent = modem.sendSms("+6281200000001", "halo", waitForDeliveryReport=True)
    assert sent.report.deliveryStatus == 0
    assert hands.texts(AGENT) == ["halo"]
    hands.sms(AGENT, hands.number(1), "apa kabar")
    until(lambda: [(one.number, one.text) for one in received] == [("+6281200000001", "apa kabar")], "received")


def test_it_recharges_by_message(make_farm: Make, connect: Connect) -> None:
    hands = of_make(make_farm)
    received: list[ReceivedSms] = []
    modem = connect(hands, smsReceivedCallbackFunc=received.append)
    until(lambda: hands.modem(1).registered, "the network")
    modem.sendSms("777", f"R {CUSTOMER} 20 1234")
    until(lambda: received, "the answer")
    assert received[0].number == "TELKOMSEL"
    assert "Rp20.000" in received[0].text


def test_it_sends_long_and_wide_texts(make_farm: Make, connect: Connect) -> None:
    hands = of_make(make_farm)
    modem = connect(hands)
    until(lambda: hands.modem(1).registered, "the network")
    texts = ["x" * 350, "充值" * 60]
    for text in texts:
        modem.sendSms("+6281200000001", text)
    until(lambda: hands.texts(AGENT) == texts, "both texts whole")


def test_it_lists_and_deletes_what_is_stored(make_farm: Make, connect: Connect) -> None:
    hands = of_make(make_farm)
    modem = connect(hands)
    until(lambda: hands.modem(1).registered, "the network")
    modem.write("AT+CNMI=0,0,0,0,0")
    for text in ("satu", "dua"):
        hands.sms(AGENT, hands.number(1), text)
    # This client keeps messages in the modem's own store.
    store = hands.modem(1).own_store
    until(lambda: len(store.places) == 2, "stored")
    assert [one.text for one in modem.listStoredSms(Sms.STATUS_ALL)] == ["satu", "dua"]
    modem.deleteMultipleStoredSms()
    assert not store.places


def test_it_unlocks_the_card(make_farm: Make, connect: Connect) -> None:
    hands = of_make(make_farm, sim_pin="4711")
    with pytest.raises(PinRequiredError):
        connect(hands)


def test_it_unlocks_the_card_with_its_pin(make_farm: Make, connect: Connect) -> None:
    modem = connect(of_make(make_farm, sim_pin="4711"), pin="4711")
    assert modem.waitForNetworkCoverage(30) == 21


def test_it_is_told_of_a_wrong_pin(make_farm: Make, connect: Connect) -> None:
    hands = of_make(make_farm, sim_pin="4711")
    with pytest.raises(IncorrectPinError):
        connect(hands, pin="0000")
    assert hands.farm.around.sims[hands.iccid(1)].pin_left == 2


def test_it_understands_errors(make_farm: Make, connect: Connect) -> None:
    hands = of_make(make_farm)
    modem = connect(hands)
    until(lambda: hands.modem(1).registered, "the network")
    hands.fault("ussd_refused")
    with pytest.raises(CmeError) as refused:
        modem.sendUssd(RECHARGE)
    assert refused.value.code == 30
    hands.fault("cms_42")
    with pytest.raises(CmsError) as congested:
        modem.sendSms("777", f"R {CUSTOMER} 20 1234")
    assert congested.value.code == 42
    assert hands.credits() == []
