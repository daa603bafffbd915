"""What hands do to a farm: pulling modems, moving them, changing cards, taking power; and what is to be seen of it."""

import pytest
import serial

from simulators.modem_farm.farm import NoSuchThing, with_check_digit
from tests.simulators.modem_farm.conftest import Make, quick
from tests.simulators.modem_farm.hands import CUSTOMER, RECHARGE, Hands
from tests.simulators.modem_farm.terminal import Terminal, until


def test_ttys_are_links_named_after_slots(hands: Hands) -> None:
    names = sorted(path.name for path in hands.thread.folder.iterdir())
    assert names == [hands.slot(0), hands.slot(1)]
    assert all(str((hands.thread.folder / name).readlink()).startswith("/dev/pts/") for name in names)
    assert [(slot.name, [path.name for path in paths]) for slot, paths in hands.do("paths")] == [(name, [name]) for name in names]


def test_only_one_may_have_a_tty_open(hands: Hands, terminal: Terminal) -> None:
    with pytest.raises(serial.SerialException, match="lock"):
        hands.terminal(1)


def test_unplugging_hangs_up_and_takes_the_link_away(hands: Hands, terminal: Terminal) -> None:
    hands.do("unplug", hands.slot(1))
    assert not (hands.thread.folder / hands.slot(1)).is_symlink()
    with pytest.raises((serial.SerialException, OSError)):  # noqa: PT012  # the kernel may tell it at either
        for _ in range(100):
            terminal.type("AT\r")
            terminal.look()
    assert hands.do("slot_values")[1] == {"slot": hands.slot(1), "imei": "", "present": False}


def test_plugging_in_again_begins_anew(hands: Hands, terminal: Terminal) -> None:
    terminal.ok("AT+CMGF=1")
    imei = hands.do("unplug", hands.slot(1))
    terminal.close()
    hands.do("plug", hands.slot(1), imei)
    again = hands.terminal(1).ready()
    assert again.ok("AT+CMGF?") == ["+CMGF: 0"]
    assert again.ok("AT+CGSN") == [imei]


def test_a_modem_in_another_slot_brings_its_card(hands: Hands) -> None:
    hands.do("unplug", hands.slot(0))
    imei = hands.do("unplug", hands.slot(1))
    hands.do("plug", hands.slot(0), imei)
    terminal = hands.terminal(0).ready()
    assert terminal.ok("AT+CGSN") == [imei]
    assert terminal.ok("AT+CCID") == [f"+CCID: {hands.iccid(1)}F"]
    assert "berhasil" in terminal.ussd(RECHARGE)[1]


def test_two_modems_change_places(hands: Hands) -> None:
    imeis = [hands.modem(number).plan.imei for number in (0, 1)]
    hands.do("move", hands.slot(0), hands.slot(1))
    assert [hands.modem(number).plan.imei for number in (1, 0)] == imeis
    assert hands.terminal(0).ready().ok("AT+CCID") == [f"+CCID: {hands.iccid(1)}F"]


def test_a_modem_moves_into_an_empty_slot(hands: Hands) -> None:
    hands.do("unplug", hands.slot(0))
    hands.do("move", hands.slot(1), hands.slot(0))
    hands.terminal(0).ready()
    assert not (hands.thread.folder / hands.slot(1)).exists()


def test_cards_change_their_modems(hands: Hands) -> None:
    hands.do("swap_cards", hands.slot(0), hands.slot(1))
    until(lambda: hands.modem(0).registered and hands.modem(1).registered, "both are back")
    assert hands.terminal(0).ready().ok("AT+CCID") == [f"+CCID: {hands.iccid(1)}F"]
    assert hands.terminal(1).ready().ok("AT+CCID") == [f"+CCID: {hands.iccid(0)}F"]


def test_a_card_in_a_drawer_keeps_its_messages_waiting(hands: Hands) -> None:
    hands.do("insert", hands.slot(1), "")
    hands.sms("081200000001", hands.number(1), "halo")
    assert hands.messages()[0]["state"] == "waiting"
    hands.do("insert", hands.slot(1), hands.iccid(1))
    until(lambda: hands.stored(1) == 1, "brought")


def test_power_for_a_while(hands: Hands) -> None:
    hands.do("power", hands.slot(1), 0.2)
    assert not hands.modem(1).present
    hands.terminal(1).ready()


def test_power_lost_and_the_modem_pulled_meanwhile(hands: Hands) -> None:
    hands.do("power", hands.slot(1), 0.05)
    hands.do("unplug", hands.slot(1))
    until(lambda: not hands.farm.around.modem_of(hands.farm.around.sims[hands.iccid(1)]).present, "stays away", 0.5)  # type: ignore[union-attr]
    assert not (hands.thread.folder / hands.slot(1)).exists()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("unplug", ("nowhere",)),
        ("plug", ("nowhere", "123")),
        ("insert", ("{0}", "1")),
        ("insert", ("{0}", "{iccid}")),
        ("power", ("nowhere", 1)),
        ("fill", ("1",)),
        ("card_fails", ("1", 13)),
        ("swap_cards", ("{0}", "nowhere")),
        ("transfer", ("1",)),
    ],
)
def test_what_is_not_there_cannot_be_touched(hands: Hands, name: str, values: tuple[object, ...]) -> None:
    told = [value.format(hands.slot(0), iccid=hands.iccid(1)) if isinstance(value, str) else value for value in values]
    with pytest.raises(NoSuchThing):
        hands.do(name, *told)


def test_a_modem_that_is_in_a_slot_cannot_be_plugged_into_another(hands: Hands) -> None:
    with pytest.raises(NoSuchThing, match="drawer"):
        hands.do("plug", hands.slot(0), hands.modem(1).plan.imei)


def test_there_are_places_a_modem_cannot_stand_in(hands: Hands) -> None:
    with pytest.raises(NoSuchThing, match="registration"):
        hands.do("radio", hands.slot(0), registration="moon")


def test_stock_from_the_dealer_above_is_told(hands: Hands, terminal: Terminal) -> None:
    hands.do("transfer", hands.iccid(1), units=10, pieces=5)
    assert hands.pieces(1)[10] == 125
    terminal.announced()
    assert hands.texts(hands.number(1)) == ["Anda menerima stok Rp50.000 dari dealer. Sisa 5rb=40 10rb=125 20rb=60 50rb=20 100rb=10"]


def test_stock_spent_elsewhere_is_not_told(hands: Hands, terminal: Terminal) -> None:
    hands.do("transfer", hands.iccid(1), units=10, pieces=-5)
    assert hands.pieces(1)[10] == 115
    assert hands.texts(hands.number(1)) == []


def test_what_is_to_be_seen(hands: Hands, terminal: Terminal) -> None:
    terminal.ussd(RECHARGE)
    _, slot = hands.do("slot_values")
    assert slot["present"]
    assert (slot["model"], slot["registration"], slot["signal"], slot["card"]) == ("generic", 1, 21, "READY")
    assert slot["paths"] == [str(hands.thread.folder / hands.slot(1))]
    chip = next(row for row in hands.do("chip_values") if row["iccid"] == hands.iccid(1))
    assert (chip["credits"], chip["charged_minor"], chip["pieces"][10]) == (1, 10_000, 119)


def test_a_dongle_with_several_ttys(make_farm: Make) -> None:
    told = quick()
    told["slots"][1]["ports"] = ["silent", "quiet", "full"]
    hands = make_farm(told)
    silent, quiet, full = (hands.terminal(1, port) for port in range(3))
    full.ready()
    silent.type("AT\r")
    assert silent.silent(0.2)
    quiet.seen = b""
    assert quiet.ok("AT+CSQ") == ["+CSQ: 21,99"]
    hands.sms("081200000001", hands.number(1), "halo")
    full.announced()
    assert quiet.silent(0.1)


def test_what_is_said_while_nobody_listens_is_lost(hands: Hands, terminal: Terminal) -> None:
    terminal.close()
    hands.sms("081200000001", hands.number(1), "halo")
    until(lambda: hands.stored(1) == 1, "stored")
    again = hands.terminal(1)
    again.until_ok("AT")
    assert b"+CMTI" not in again.seen
    assert len(again.ok("AT+CMGL=4")) == 2


def test_an_emptied_ledger_has_its_accounts_again(hands: Hands, terminal: Terminal) -> None:
    terminal.ussd(RECHARGE)
    hands.fault("hang")
    hands.do("reset_ledger")
    assert hands.credits() == []
    assert hands.pieces(1)[10] == 120
    terminal.ok("AT")


def test_traffic_is_shown_without_pins(hands: Hands, terminal: Terminal) -> None:
    terminal.ussd(RECHARGE)
    shown = "".join(text for _, _, text in hands.farm.around.traffic[hands.slot(1)])
    assert CUSTOMER in shown
    assert "1234#" not in shown


@pytest.mark.parametrize(("digits", "whole"), [("49015420323751", "490154203237518"), ("35209900176148", "352099001761481")])
def test_check_digits(digits: str, whole: str) -> None:
    assert with_check_digit(digits) == whole
