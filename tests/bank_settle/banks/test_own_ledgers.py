"""Two bank accounts, each with an account of its own in the books: what each bank says is explained by its own account alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bank_settle.banks.kinds import BankKind
from bank_settle.banks.payments import Payments
from bank_settle.banks.reference import make
from bank_settle.configuration import BadConfiguration, Bank, read_configuration
from bank_settle.people import Action, People
from bank_settle.pipeline import Pipeline
from bank_settle.reports.bank_sheet import bank_reconciliation
from bank_settle.reports.source import read_source
from recharge import Booking
from recharge.domain.requests import DecideCase
from recharge.engine.administration import SHELL
from tests.bank_settle.banks.test_bank_days import MESSAGE, TOM
from tests.bank_settle.scene import DAY, Scene
from tests.bank_settle.statements.camt_files import camt, entry
from tests.support.books import check_books

NUMBERS = {"ICBC": "62284800001234567", "CMB": "591902896010504"}
NEXT = DAY + timedelta(days=1)
LEFT = "差额（启用前的余额）"


class TwoBanks(Scene):
    """A scene with two accounts; `own` are those with an account of their own in the books."""

    def __init__(self, url: str, folder: Path, own: tuple[str, ...]) -> None:
        banks = tuple(
            Bank(account=name, number=number, name="江西空充", bank_code="102421000013", form="camt",
                 inbox=f"{folder}/{name}-{{day:%Y%m%d}}.xml", ledger=name if name in own else "")
            for name, number in NUMBERS.items()
        )  # fmt: skip
        super().__init__(url, folder, banks, carriers=())
        self.folder, self.opening = folder, dict.fromkeys(NUMBERS, 0)
        for name in own:
            self.world.office.banks.register(SHELL, name, name)
        self.morning_after()

    def day(self, day: date = DAY, number: int = 1, **entries: list[dict[str, Any]]) -> None:
        """Both banks' statements of a day with these entries, and the whole day run."""
        for name, account in NUMBERS.items():
            made = [entry(MESSAGE, item["amount"], day=day.isoformat(), reference=f"{name}{day:%d}{place}",
                          **{key: value for key, value in item.items() if key != "amount"})
                    for place, item in enumerate(entries.get(name, []))]  # fmt: skip
            text = camt(MESSAGE, made, opening=f"{self.opening[name] / 100:.2f}", number=number, day=day.isoformat(), account=account)
            (self.folder / f"{name}-{day:%Y%m%d}.xml").write_text(text, encoding="utf-8")
        outcomes = Pipeline(self.parts).run(day)
        assert [outcome.waits for outcome in outcomes] == [None] * len(outcomes)
        for name in NUMBERS:
            facts = self.parts.days.read(f"bank:{name}", day).facts
            self.opening[name] = facts["statement"]["closing_minor"]

    def left(self, day: date = DAY) -> dict[str, int]:
        """What each account of the books cannot explain, by its name; "" where there is only one."""
        found, name = {}, ""
        for label, amount, _ in bank_reconciliation(read_source(self.parts, day)).rows:
            if str(label).startswith("账面科目"):
                name = str(label).split(" ")[1]
            elif label == LEFT:
                found[name] = int(amount or 0)
        return found

    def decided(self, case: int, action: Action, party: str = "") -> None:
        """Two people act on a case."""
        People(self.parts).propose(case, action, self.person("FIN1"), "x", party)
        People(self.parts).decide(case, action, self.person("FIN2"), NEXT, approve=True)


@pytest.fixture
def banks(clean_sqlite_url: str, tmp_path: Path) -> Iterator[TwoBanks]:
    made = TwoBanks(clean_sqlite_url, tmp_path, ("ICBC", "CMB"))
    yield made
    check_books(made.world)
    made.close()


def test_each_bank_is_explained_by_its_own_account(banks: TwoBanks) -> None:
    banks.day(
        ICBC=[{"amount": "100.00", "text": make("A")}, {"amount": "7.00", "text": "转账"}, {"amount": "-0.50", "text": "手续费"}],
        CMB=[{"amount": "30.00", "text": make("B")}, {"amount": "-2.00", "payer": "1", "text": "扣款"}],
    )
    # The 20,000.00 from before stand in the shared account.
    assert banks.left() == {"bank:ICBC": 0, "bank:CMB": 0, "bank": -2000000}
    assert banks.world.balance("B") == 1003000


def test_whatever_people_do_each_stays_explained(banks: TwoBanks) -> None:
    desk = Payments(banks.parts, banks.configuration.bank("bank:ICBC"))
    banks.morning_after(0)
    desk.approve(desk.propose("deposit:A", 10000, TOM, "退还预存", "R1", banks.person("FIN1")), banks.person("FIN2"))
    banks.morning_after()
    banks.day(
        ICBC=[{"amount": "7.00", "text": "转账"}, {"amount": "-0.50", "text": "手续费"}],
        CMB=[{"amount": "-2.00", "payer": "1", "text": "扣款"}, {"amount": "0.09", "text": "利息"}],
    )
    before = banks.left()
    what = {BankKind.NO_REFERENCE: (Action.CREDIT_PARTY, "A"), BankKind.PAYMENT_UNKNOWN: (Action.CHARGE_AGENT, "B")}
    for case in (*banks.cases(DAY, "bank:ICBC"), *banks.cases(DAY, "bank:CMB")):
        banks.decided(case.id, *what.get(BankKind(case.kind), (Action.CORRECT_BANK, "")))
    banks.morning_after(2)
    banks.day(NEXT, 2, CMB=[{"amount": "1.00", "text": make("A")}])
    after = banks.left(NEXT)
    assert (after["bank:ICBC"], after["bank:CMB"]) == (before["bank:ICBC"], before["bank:CMB"]) == (0, 0)
    assert banks.world.balance("B") == 1000000 - 200


def test_a_payment_approved_the_morning_after_is_no_part_of_the_day(banks: TwoBanks) -> None:
    banks.day(ICBC=[{"amount": "100.00", "text": make("A")}])
    before = banks.left()
    desk = Payments(banks.parts, banks.configuration.bank("bank:ICBC"))
    desk.approve(desk.propose("deposit:A", 10000, TOM, "退还预存", "R1", banks.person("FIN1")), banks.person("FIN2"))
    assert banks.left() == before
    banks.morning_after(2)
    banks.day(NEXT, 2)
    assert banks.left(NEXT) == before


def test_what_stood_in_the_shared_account_is_booked_over(banks: TwoBanks) -> None:
    banks.day()
    for name, amount in (("ICBC", 1500000), ("CMB", 500000)):
        made = banks.world.ask("FIN1", Booking(f"bank:{name}", "bank", amount, "期初", f"opening {name}"))
        assert banks.world.ask("FIN2", DecideCase(made.case_number, approve=True)).done
    banks.morning_after(2)
    banks.day(NEXT, 2)
    # The banks of this test began with nothing: what was booked over is what they cannot explain. The shared account is empty and gone.
    assert banks.left(NEXT) == {"bank:ICBC": -1500000, "bank:CMB": -500000}


def test_one_bank_of_its_own_beside_the_others(clean_sqlite_url: str, tmp_path: Path) -> None:
    made = TwoBanks(clean_sqlite_url, tmp_path, ("CMB",))
    made.day(ICBC=[{"amount": "100.00", "text": make("A")}], CMB=[{"amount": "30.00", "text": make("B")}])
    assert made.left() == {"bank:CMB": 0, "bank": -2000000}
    check_books(made.world)
    made.close()


def test_banks_that_share_one_account_are_reconciled_together(clean_sqlite_url: str, tmp_path: Path) -> None:
    made = TwoBanks(clean_sqlite_url, tmp_path, ())
    made.day(ICBC=[{"amount": "100.00", "text": make("A")}], CMB=[{"amount": "30.00", "text": make("B")}])
    assert made.left() == {"": -2000000}
    made.close()


def test_an_account_that_the_books_do_not_have_holds_every_deposit(clean_sqlite_url: str, tmp_path: Path) -> None:
    """A code in the settings that nobody has opened: money waits for people, nothing is booked wrongly."""
    made = TwoBanks(clean_sqlite_url, tmp_path, ())
    bank = made.configuration.banks[0].model_copy(update={"ledger": "GONE"})
    made.configuration = made.configuration.model_copy(update={"banks": (bank, *made.configuration.banks[1:])})
    made.parts = made.new_parts("gone")
    made.day(ICBC=[{"amount": "100.00", "text": make("A")}])
    assert [case.kind for case in made.cases(DAY, "bank:ICBC")] == [BankKind.REFUSED]
    assert made.world.balance("A") == 1000000
    made.close()


def test_a_code_in_the_settings_is_written_as_the_books_have_it(tmp_path: Path) -> None:
    path = tmp_path / "settle.toml"
    bank = '[[banks]]\naccount = "ICBC"\nnumber = "1"\nname = "x"\nbank_code = "102421000013"\nform = "camt"\ninbox = "in"\nledger = "{}"\n'
    path.write_text('archive = "a"\nreports = "r"\n' + bank.format("ICBC"), encoding="utf-8")
    assert read_configuration(path).banks[0].in_the_books == "bank:ICBC"
    path.write_text('archive = "a"\nreports = "r"\n' + bank.format("bank:icbc"), encoding="utf-8")
    with pytest.raises(BadConfiguration, match="ledger"):
        read_configuration(path)
