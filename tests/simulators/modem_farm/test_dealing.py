"""An operator's desk without any modem: what it does, what it says, and what its ledger has."""

import random
from collections.abc import Callable

import pytest

from simulators.modem_farm import generate
from simulators.modem_farm.config import ChipPlan, OperatorPlan
from simulators.modem_farm.dealing import Desk, Said, Talk
from simulators.modem_farm.ledger import Ledger, Opening

CUSTOMER = "081389092678"


class Counter:
    """A desk with one chip; `struck` is the fault of the next recharge."""

    def __init__(self, name: str = "mkios", **changes: object) -> None:
        told = generate.operators(name)[0] | changes
        self.plan = OperatorPlan(**told)
        chip = generate.chip(1, name)
        self.chip = ChipPlan(**chip)
        self.ledger = Ledger(":memory:")
        pieces = {int(units): count for units, count in self.chip.stock.items()}
        self.ledger.open_chip(Opening(self.chip.iccid, name, self.chip.number, self.chip.stock_minor, pieces))
        self.struck = ""
        self.desk = Desk(self.plan, self.ledger, lambda *_: self.struck, random.Random(1))

    def say(self, text: str, channel: str = "ussd") -> str:
        said = self.desk.hear(self.chip, text, channel)
        assert isinstance(said, Said)
        return said.text or ""

    def recharge(self, number: str = CUSTOMER, units: int = 10, pin: str = "1234") -> Said:
        said = self.desk.hear(self.chip, self.plan.recharge.format(number=number, units=units, pin=pin), "ussd")
        assert isinstance(said, Said)
        return said

    @property
    def credits(self) -> list[tuple[str, int]]:
        return [(row["number"], row["units"]) for row in reversed(self.ledger.credits(limit=100))]

    @property
    def outcomes(self) -> list[str]:
        return [row["outcome"] for row in self.ledger.rows("select outcome from request order by id")]


Open = Callable[..., Counter]


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_a_recharge(counter: Counter) -> None:
    said = counter.recharge()
    serial = counter.ledger.credits()[0]["serial_number"]
    assert said == Said(f"Pengisian pulsa Rp10.000 ke {CUSTOMER} berhasil. SN: {serial}. Sisa stok 10rb=119")
    assert len(serial) == 18
    assert serial.isdigit()
    assert counter.credits == [(CUSTOMER, 10)]


@pytest.mark.parametrize("number", ["+6281389092678", "6281389092678", "081389092678"])
def test_a_number_in_any_form_is_one_number(counter: Counter, number: str) -> None:
    counter.recharge(number)
    assert counter.credits == [(CUSTOMER, 10)]


def test_the_same_twice_is_two_credits(counter: Counter) -> None:
    counter.recharge()
    counter.recharge()
    assert counter.credits == [(CUSTOMER, 10)] * 2


def test_an_operator_that_guards_against_repeats() -> None:
    counter = Counter(repeat_guard=True)
    counter.recharge()
    assert counter.recharge().text == f"Transaksi 10rb ke {CUSTOMER} sudah pernah dilakukan. Mohon tunggu."
    counter.recharge(units=20)
    assert counter.credits == [(CUSTOMER, 10), (CUSTOMER, 20)]


@pytest.mark.parametrize("state", ["barred", "absent"])
def test_a_customer_who_cannot_be_recharged(counter: Counter, state: str) -> None:
    counter.ledger.set_subscriber(CUSTOMER, state)
    assert "gagal" in (counter.recharge().text or "")
    assert counter.credits == []
    assert counter.outcomes == ["failed"]


def test_a_denomination_that_is_not_sold(counter: Counter) -> None:
    assert counter.recharge(units=13).text == "Nominal 13 tidak tersedia."
    assert counter.outcomes == ["bad_amount"]


def test_stock_runs_out(counter: Counter) -> None:
    counter.ledger.move(counter.chip.iccid, "test", units=10, pieces=-119)
    assert "stok 10rb=0" in (counter.recharge().text or "")
    assert "tidak cukup" in (counter.recharge().text or "")
    assert counter.outcomes == ["credited", "no_stock"]


def test_three_wrong_pins_lock_the_account(counter: Counter) -> None:
    texts = [counter.recharge(pin="9999").text for _ in range(4)]
    assert texts == ["PIN yang Anda masukkan salah."] * 2 + ["Layanan Anda diblokir. Hubungi dealer Anda."] * 2
    assert counter.say("*776*1234#") == texts[-1]
    counter.ledger.lock(counter.chip.iccid, locked=False)
    assert "berhasil" in (counter.recharge().text or "")


def test_a_right_pin_forgives_wrong_ones(counter: Counter) -> None:
    for pin in ("9999", "9999", "1234", "9999", "9999"):
        counter.say(f"*776*{pin}#")
    assert not counter.ledger.chip(counter.chip.iccid)["locked"]


def test_what_is_not_understood(counter: Counter) -> None:
    assert counter.say("*999#") == "Format salah."
    assert counter.say("*777*12*10*1234#") == "Format salah."
    assert counter.outcomes == ["unknown", "unknown"]


def test_a_plain_card_is_not_served(counter: Counter) -> None:
    counter.chip.dealer_pin = ""
    assert counter.say("*776*1234#") == "Format salah."
    assert counter.say("*888#") == "Format salah."


def test_short_messages_have_words_of_their_own(counter: Counter) -> None:
    assert "berhasil" in counter.say(f"r  {CUSTOMER} 10 1234", "sms")
    assert "10rb=119" in counter.say("S 1234", "sms")
    assert CUSTOMER in counter.say("T 1234", "sms")
    assert counter.say("*776*1234#", "sms") == "Format salah."


def test_money_with_a_discount() -> None:
    counter = Counter("server")
    text = counter.recharge().text or ""
    assert f"S10.{CUSTOMER} SUKSES. SN/Ref: " in text
    assert "Sisa saldo 5.000.000 - 9.750 = 4.990.250 @" in text
    assert counter.ledger.chip(counter.chip.iccid)["stock_minor"] == 4_990_250
    assert "4.990.250" in counter.say("*124*1234#")


def test_answers_by_short_message() -> None:
    counter = Counter("wallet")
    said = counter.recharge("09170000007", 10)
    assert "is being processed" in (said.text or "")
    assert [when for when, _ in said.by_sms] == ["soon"]
    assert "has loaded SMARTLoad (P9.55) to 09170000007. New Load Wallet Balance: P49990.45. Ref:" in said.by_sms[0][1]


def test_a_menu_in_every_language() -> None:
    for name, question in (("mkios", "No tujuan:"), ("wallet", "Mobile number:"), ("fen", "客户号码:")):
        counter = Counter(name)
        talk = counter.desk.hear(counter.chip, "*888#", "ussd")
        assert isinstance(talk, Talk)
        assert talk.reply("1") is talk
        assert talk.question == question


@pytest.mark.parametrize("replies", [["9"], ["1", CUSTOMER, "ten", "1234"]])
def test_a_menu_that_is_not_followed(counter: Counter, replies: list[str]) -> None:
    talk = counter.desk.hear(counter.chip, "*888#", "ussd")
    for reply in replies:
        assert isinstance(talk, Talk)
        talk = talk.reply(reply)
    assert talk == Said("Format salah.")


def test_a_confirmation_may_be_refused() -> None:
    counter = Counter(confirm=True)
    talk = counter.desk.hear(counter.chip, f"*777*{CUSTOMER}*10*1234#", "ussd")
    assert isinstance(talk, Talk)
    assert talk.reply("NO") == Said("Transaksi dibatalkan.")
    assert counter.outcomes == ["cancelled"]


# Faults: what was done stands in the ledger, whatever is said.


@pytest.mark.parametrize(
    ("fault", "credited", "words"),
    [
        ("request_lost", False, ""),
        ("silent", True, ""),
        ("refused", False, "gagal"),
        ("changed_wording", True, "sudah terisi"),
        ("wrong_balance", True, "10rb=126"),
        ("masked_number", True, "ke 0813*****678 berhasil"),
        ("other_number", True, "ke 081389092679 berhasil"),
        ("other_amount", True, "Rp20.000"),
    ],
)
def test_what_is_done_and_what_is_said(counter: Counter, fault: str, credited: bool, words: str) -> None:
    counter.struck = fault
    assert words in (counter.recharge().text or "")
    assert bool(counter.credits) == credited


def test_a_text_that_ends_before_the_balance(counter: Counter) -> None:
    counter.struck = "no_balance"
    assert (counter.recharge().text or "").endswith(counter.ledger.credits()[0]["serial_number"])


def test_stock_spent_elsewhere_shows_in_the_balance(counter: Counter) -> None:
    counter.struck = "spent_elsewhere"
    assert "10rb=118" in (counter.recharge().text or "")
    assert counter.ledger.rows("select units, pieces, why from movement") == [{"units": 10, "pieces": -1, "why": "spent elsewhere"}]


def test_money_spent_elsewhere() -> None:
    counter = Counter("server")
    counter.struck = "spent_elsewhere"
    counter.recharge()
    assert counter.ledger.chip(counter.chip.iccid)["stock_minor"] == 5_000_000 - 10_000 - 9_750


@pytest.mark.parametrize(("fault", "credited"), [("pending", 1), ("pending_failed", 0)])
def test_a_promise_is_kept_later(counter: Counter, fault: str, credited: int) -> None:
    counter.struck = fault
    said = counter.recharge()
    assert said.text == f"Transaksi 10rb ke {CUSTOMER} sedang diproses."
    assert counter.credits == []
    assert said.later is not None
    texts = said.later()
    assert len(counter.credits) == credited
    assert [("berhasil" in text) for text in texts] == [bool(credited)]


@pytest.mark.parametrize("name", ["mkios", "server", "wallet", "fen"])
def test_two_parts_of_which_only_the_second_has_the_reference(name: str) -> None:
    counter = Counter(name, answer_by_sms=False)
    counter.struck = "two_parts"
    said = counter.recharge({"wallet": "09170000007", "fen": "13800138000"}.get(name, CUSTOMER), 10)
    serial = counter.ledger.credits()[0]["serial_number"]
    assert (said.text or "").startswith("1/2 ")
    assert serial not in (said.text or "")
    ((_, second),) = said.by_sms
    assert second.startswith("2/2 ")
    assert serial in second


def test_an_advertisement_comes_first(counter: Counter) -> None:
    counter.struck = "advertisement"
    said = counter.recharge()
    assert said.by_sms == [("soon", "Promo! *123#")]
    assert "berhasil" in (said.text or "")


def test_what_the_dealer_above_says(counter: Counter) -> None:
    assert counter.desk.received(counter.chip, 50_000).startswith("Anda menerima stok Rp50.000 dari dealer.")
