"""The farm's page: every text in three languages, and what it shows of slots, phones and requests."""

import re
from html import escape

import pytest

from simulators.modem_farm import pages
from simulators.modem_farm.fault_texts import fault_text
from simulators.modem_farm.faults import FAULTS
from simulators.modem_farm.texts import PAGE
from simulators.pages import LANGUAGES
from tests.simulators.modem_farm.hands import RECHARGE, Hands
from tests.simulators.modem_farm.terminal import Terminal

AGENT = "081200000001"


def page(hands: Hands, language: str = "en", phone: str = "", slot: str = "", problem: str = "") -> str:
    return hands.thread.call(lambda: pages.render(pages.Shown.of(hands.farm, phone, slot, problem), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_written_in_each_language(hands: Hands, language: str) -> None:
    text = page(hands, language)
    assert PAGE.text("title", language) in text
    assert PAGE.text("no_messages", language) in text
    assert PAGE.text("none", language) in text
    assert f'lang="{language.replace("_", "-")}"' in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_is_explained_in_each_language(hands: Hands, language: str) -> None:
    text = page(hands, language)
    assert all(f"{name} – {escape(fault_text(name, language))}" in text for name in FAULTS)
    assert len({fault_text(name, language) for name in FAULTS}) == len(FAULTS)


def test_every_slot_is_a_row(hands: Hands, terminal: Terminal) -> None:
    text = page(hands)
    assert text.count(">ready<") == 2
    assert "5:40 10:120 20:60 50:20 100:10" in text
    assert "home · 21" in text
    assert "0/20" in text


def test_states_of_slots(hands: Hands) -> None:
    hands.do("power", hands.slot(0), 30)
    assert ">starting<" in page(hands)
    hands.do("unplug", hands.slot(1))
    assert ">unplugged<" in page(hands)


@pytest.mark.parametrize(("change", "shown"), [("hang", "hangs"), ("card", "no card"), ("lock", "account locked"), ("pin", "SIM PIN")])
def test_troubles_are_shown(hands: Hands, terminal: Terminal, change: str, shown: str) -> None:
    modem = hands.modem(1)
    changes = {
        "hang": lambda: modem.mischief.hang("hang"),
        "card": lambda: setattr(modem, "sim", None),
        "lock": lambda: hands.farm.ledger.lock(hands.iccid(1), locked=True),
        "pin": lambda: setattr(modem.sim, "pin", "0000"),
    }
    hands.thread.call(changes[change])
    assert f">{shown}<" in page(hands)


def test_a_phones_messages(hands: Hands) -> None:
    hands.sms(AGENT, hands.number(0), "S <stok>")
    hands.sms(hands.number(0), AGENT, "jawaban")
    text = page(hands, phone=AGENT)
    assert text.index("S &lt;stok&gt;") < text.index("jawaban")
    assert len(re.findall('class="bubble own"', text)) == 1
    assert "S &lt;stok" not in page(hands, phone="0819")


def test_waiting_messages_are_counted(hands: Hands, terminal: Terminal) -> None:
    hands.do("fill", hands.iccid(1))
    hands.sms(AGENT, hands.number(1), "menunggu")
    assert "20/20 +1" in page(hands)


def test_requests_and_totals(hands: Hands, terminal: Terminal) -> None:
    terminal.ussd(RECHARGE)
    terminal.ussd("*776*9999#")
    text = page(hands)
    serial = hands.thread.call(lambda: hands.farm.ledger.credits()[0]["serial_number"])
    assert serial in text
    assert '<span class="state good">credited</span>' in text
    assert '<span class="state">wrong_pin</span>' in text
    assert "<dt>Credits</dt><dd>1</dd>" in text


def test_a_ttys_traffic_without_pins(hands: Hands, terminal: Terminal) -> None:
    terminal.ussd(RECHARGE)
    text = page(hands, slot=hands.slot(1))
    assert "*777*081389092678*10*****#" in text
    assert "*1234#" not in text
    assert 'id="tty"' not in page(hands)


def test_a_problem_is_told_in_full_and_escaped(hands: Hands) -> None:
    assert "slot &lt;x&gt;" in page(hands, problem="slot <x>")


def test_what_people_type_cannot_leave_its_place(hands: Hands) -> None:
    text = page(hands, phone='"><script>', slot='"><script>')
    assert "<script>" not in text
