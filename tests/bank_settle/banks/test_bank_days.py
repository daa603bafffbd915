"""A bank account's days over the real engine: deposits credited once, suspense for two people, payments followed to their end."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bank_settle import cases
from bank_settle.banks import lines, reference, tickets
from bank_settle.banks.kinds import BankKind
from bank_settle.banks.payments import BadPayment, Payee, Payments
from bank_settle.banks.steps import BankSteps
from bank_settle.banks.tickets import NoAmountLeft, open_ticket
from bank_settle.configuration import Bank
from bank_settle.people import Action, NotPossible, People
from bank_settle.pipeline import Outcome, Pipeline
from bank_settle.statements.safe_xml import valid
from bank_settle.texts import say
from bank_settle.waiting import Why
from recharge import Refusal, RefusalCode
from tests.bank_settle.banks.test_pain001 import pain002, single
from tests.bank_settle.scene import DAY, TICKET_RULES, Scene
from tests.bank_settle.statements.camt_files import camt, entry
from tests.support.books import check_books

MESSAGE = "camt.053.001.08"
NEXT = DAY + timedelta(days=1)
SCOPE = "bank:ICBC"
TOM = Payee("南昌网点张三", "6217000012345678901", "102421000013")


class BankScene(Scene):
    """A scene with one account whose statements a test writes."""

    def __init__(self, url: str, folder: Path) -> None:
        virtual = folder / "virtual.csv"
        virtual.write_text("account,party\n880100001,A\n880100002,GONE\n", encoding="utf-8")
        bank = Bank(account="ICBC", number="62284800001234567", name="江西空中充值", bank_code="102421000013", form="camt",
                    inbox=str(folder / "icbc-{day:%Y%m%d}.xml"), virtual_accounts=virtual)  # fmt: skip
        super().__init__(url, folder, (bank,), carriers=())
        self.folder, self.bank = folder, bank
        self.opening = 10000
        self.morning_after()

    def statement(self, *entries: dict[str, Any], day: date = DAY, number: int = 1, opening: int | None = None) -> Outcome:
        """The bank's day with these entries, imported and matched."""
        made = [entry(MESSAGE, item.pop("amount"), day=day.isoformat(), **{"reference": f"N{day:%d}{place}", **item}) for place, item in
                enumerate(map(dict, entries))]  # fmt: skip
        start = self.opening if opening is None else opening
        text = camt(MESSAGE, made, opening=f"{start / 100:.2f}", number=number, day=day.isoformat())
        (self.folder / f"icbc-{day:%Y%m%d}.xml").write_text(text, encoding="utf-8")
        outcome = self.run(day)
        self.opening = outcome.day.facts.get("statement", {}).get("closing_minor", start)
        return outcome

    def run(self, day: date = DAY, *, again: bool = False) -> Outcome:
        return Pipeline(self.parts).run_scope(SCOPE, day, again=again)

    def kinds(self, day: date = DAY) -> list[str]:
        return sorted(case.kind for case in self.cases(day, SCOPE))

    @property
    def payments(self) -> Payments:
        return Payments(self.parts, self.bank)


@pytest.fixture
def scene(clean_sqlite_url: str, tmp_path: Path) -> Iterator[BankScene]:
    made = BankScene(clean_sqlite_url, tmp_path)
    yield made
    check_books(made.world)
    made.close()


@pytest.fixture
def any_scene(clean_database_url: str, tmp_path: Path) -> Iterator[BankScene]:
    made = BankScene(clean_database_url, tmp_path)
    yield made
    check_books(made.world)
    made.close()


def test_deposits_by_virtual_account_reference_and_amount(any_scene: BankScene) -> None:
    scene = any_scene
    ticket = open_ticket(scene.world.database, "ICBC", "B", 50000, scene.world.clock.now() - timedelta(hours=12), TICKET_RULES)
    assert ticket.amount_minor == 50001
    outcome = scene.statement(
        {"amount": "100.00", "virtual": "880100001"},
        {"amount": "200.00", "text": f"预存{reference.make('B')}"},
        {"amount": "500.01", "payer": "6217"},
        {"amount": "-0.50", "text": "手续费"},
    )
    assert outcome.day.state == "matched"
    assert (scene.world.balance("A"), scene.world.balance("B")) == (1010000, 1070001)
    assert scene.kinds() == ["bank_fee"]
    assert outcome.day.facts["matched"] | {} == {
        "lines": 4, "matched": 3, "matched_minor": 80001, "suspense": 0, "suspense_minor": 0, "explained": 1, "explained_minor": -50
    }  # fmt: skip
    # The amount is free again.
    assert open_ticket(scene.world.database, "ICBC", "A", 50000, scene.world.clock.now(), TICKET_RULES).amount_minor == 50001


def test_the_same_line_is_credited_once_whatever_is_run_again(scene: BankScene, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"amount": "100.00", "virtual": "880100001"}
    with monkeypatch.context() as patch:
        patch.setattr(BankSteps, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            scene.statement(first)
    assert scene.world.balance("A") == 1010000
    scene.run()
    scene.run(again=True)
    scene.opening = 10000
    scene.statement(first, {"amount": "5.00", "virtual": "880100001"})
    scene.run(again=True)
    assert scene.world.balance("A") == 1010500
    with scene.world.database.read() as connection:
        assert [row.state for row in lines.of_day(connection, "ICBC", DAY)] == ["matched", "matched"]


def test_what_nobody_can_tell_is_held_in_suspense(scene: BankScene) -> None:
    wrong = reference.make("A")[:-1] + ("0" if reference.make("A")[-1] != "0" else "1")
    scene.statement(
        {"amount": "1.00", "text": "网点A 张三", "name": "张三"},
        {"amount": "2.00", "text": wrong},
        {"amount": "3.00", "text": f"{reference.make('A')} {reference.make('B')}"},
        {"amount": "4.00", "virtual": "880100002"},
        {"amount": "-7.00", "payer": "1", "text": "扣款"},
        {"amount": "0.09", "text": "利息"},
    )
    assert scene.kinds() == [
        "bank_interest", "deposit_ambiguous", "deposit_no_reference", "deposit_unknown_party", "deposit_wrong_reference", "payment_unknown"
    ]  # fmt: skip
    with scene.world.database.read() as connection:
        assert sum(row.amount_minor for row in lines.in_suspense(connection)) == 1000
    assert scene.world.balance("A") == 1000000


def test_two_people_credit_it_and_the_payer_is_known_from_then_on(scene: BankScene) -> None:
    scene.statement({"amount": "1.00", "payer": "6217001"})
    people, (case,) = People(scene.parts), scene.cases(DAY, SCOPE)
    with pytest.raises(NotPossible):
        people.propose(case.id, Action.CREDIT_PARTY, scene.person("FIN1"), "电话核实")
    people.propose(case.id, Action.CREDIT_PARTY, scene.person("FIN1"), "电话核实", "B")
    with pytest.raises(Refusal):
        people.propose(case.id, Action.CREDIT_PARTY, scene.person("FIN2"), "again", "A")
    with pytest.raises(Refusal) as caught:
        people.decide(case.id, Action.CREDIT_PARTY, scene.person("FIN1"), NEXT, approve=True)
    assert caught.value.code is RefusalCode.SAME_PERSON
    people.decide(case.id, Action.CREDIT_PARTY, scene.person("FIN2"), NEXT, approve=True)
    assert scene.world.balance("B") == 1000100
    assert [(item.state, item.resolution) for item in scene.cases(DAY, SCOPE)] == [("resolved", "credit_party")]
    with pytest.raises(Refusal):
        people.decide(case.id, Action.CREDIT_PARTY, scene.person("FIN2"), NEXT, approve=True)
    scene.morning_after(2)
    scene.statement({"amount": "9.00", "payer": "6217001"}, day=NEXT, number=2)
    assert scene.kinds(NEXT) == []
    assert scene.world.balance("B") == 1001000


def test_a_payer_of_two_agents_is_nobodys(scene: BankScene) -> None:
    scene.statement({"amount": "1.00", "payer": "6217001"}, {"amount": "2.00", "payer": "6217001"})
    people = People(scene.parts)
    for case, party in zip(scene.cases(DAY, SCOPE), ("A", "B"), strict=True):
        people.propose(case.id, Action.CREDIT_PARTY, scene.person("FIN1"), "slip", party)
        people.decide(case.id, Action.CREDIT_PARTY, scene.person("FIN2"), NEXT, approve=True)
    scene.morning_after(2)
    scene.statement({"amount": "9.00", "payer": "6217001"}, day=NEXT, number=2)
    assert scene.kinds(NEXT) == ["deposit_no_reference"]


def test_fees_are_booked_by_two_people(scene: BankScene) -> None:
    scene.statement({"amount": "-0.50", "text": "手续费"})
    people, (case,) = People(scene.parts), scene.cases(DAY, SCOPE)
    people.propose(case.id, Action.CORRECT_BANK, scene.person("FIN1"), "银行手续费")
    people.decide(case.id, Action.CORRECT_BANK, scene.person("FIN2"), NEXT, approve=True)
    text = "SELECT a.kind, SUM(p.amount_minor) FROM posting p JOIN account a ON a.id = p.account_id WHERE a.kind IN ('bank', 'adjustment')"
    sums = {kind: int(amount) for kind, amount in scene.world.rows(text + " GROUP BY a.kind")}
    assert sums == {"bank": -2000000 + 50, "adjustment": -50}


def test_statements_that_do_not_follow_one_another(scene: BankScene) -> None:
    scene.statement({"amount": "1.00", "virtual": "880100001"}, number=1)
    scene.morning_after(3)
    third = DAY + timedelta(days=2)
    scene.statement({"amount": "1.00", "virtual": "880100001"}, day=third, number=3, opening=99900)
    assert scene.kinds(third) == ["bank_gap", "bank_opening"]


def test_a_corrected_statement_and_a_line_the_bank_takes_out(scene: BankScene) -> None:
    scene.statement({"amount": "1.00", "virtual": "880100001"}, {"amount": "2.00", "payer": "1"})
    scene.opening = 10000
    text = camt(MESSAGE, [entry(MESSAGE, "5.00", reference="X1", virtual="880100001")], opening="100.00", number=1)
    (scene.folder / "icbc-20261120.xml").write_text(text, encoding="utf-8")
    scene.run(again=True)
    assert scene.kinds() == ["bank_line_withdrawn", "deposit_no_reference"]
    states = {case.kind: case.effect_minor for case in scene.cases(DAY, SCOPE)}
    assert states["bank_line_withdrawn"] == -100
    assert scene.world.balance("A") == 1000600


def test_a_statement_that_is_missing_or_wrong_waits(scene: BankScene) -> None:
    outcome = scene.run()
    assert outcome.waits is not None
    assert outcome.waits.why is Why.NO_FILE
    (scene.folder / "icbc-20261120.xml").write_text("<Document/>", encoding="utf-8")
    outcome = scene.run()
    assert outcome.waits is not None
    assert outcome.waits.why is Why.BAD_FILE


def test_money_the_bank_takes_back(scene: BankScene) -> None:
    scene.statement({"amount": "1.00", "virtual": "880100001", "reference": "R1"})
    scene.morning_after(2)
    scene.statement({"amount": "-1.00", "reference": "R1", "reversal": True}, day=NEXT, number=2)
    (case,) = scene.cases(NEXT, SCOPE)
    assert (case.kind, case.party_code, case.effect_minor) == (BankKind.REVERSED, "A", -100)


def test_short_money_with_a_reference_is_credited_as_it_came(scene: BankScene) -> None:
    open_ticket(scene.world.database, "ICBC", "A", 50000, scene.world.clock.now(), TICKET_RULES)
    scene.statement({"amount": "495.00", "text": reference.make("A")})
    assert scene.world.balance("A") == 1049500
    assert scene.kinds() == ["deposit_short"]


def test_late_money_for_a_ticket_waits_for_people(scene: BankScene) -> None:
    open_ticket(scene.world.database, "ICBC", "A", 50000, scene.world.clock.now() - timedelta(days=3), TICKET_RULES)
    scene.statement({"amount": "500.01"})
    assert scene.kinds() == ["deposit_late_ticket"]


def test_no_two_open_tickets_have_one_amount(scene: BankScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "MOST_ABOVE", 3)
    now, database = scene.world.clock.now(), scene.world.database
    assert [open_ticket(database, "ICBC", code, 1000, now, TICKET_RULES).amount_minor for code in ("A", "B", "C")] == [1001, 1002, 1003]
    with pytest.raises(NoAmountLeft):
        open_ticket(database, "ICBC", "D", 1000, now, TICKET_RULES)
    assert open_ticket(database, "ICBC", "D", 1000, now + timedelta(days=3), TICKET_RULES).amount_minor == 1001


def approved(scene: BankScene, reference_text: str = "R1", amount: int = 10000, debited: str = "deposit:A") -> str:
    number = scene.payments.propose(debited, amount, TOM, "退还预存", reference_text, scene.person("FIN1"))
    scene.payments.approve(number, scene.person("FIN2"))
    return number


def test_a_payment_out_from_proposal_to_the_banks_line(any_scene: BankScene) -> None:
    scene = any_scene
    number = scene.payments.propose("deposit:A", 10000, TOM, "退还预存", "R1", scene.person("FIN1"))
    assert scene.payments.propose("deposit:A", 10000, TOM, "退还预存", "R1", scene.person("FIN1")) == number
    assert scene.payments.make_file(DAY) is None
    with pytest.raises(Refusal):
        scene.payments.approve(number, scene.person("FIN1"))
    scene.payments.approve(number, scene.person("FIN2"))
    assert scene.world.balance("A") == 990000
    made = scene.payments.make_file(DAY)
    assert made is not None
    content = scene.payments.regenerate(made.message_id)
    assert valid(content, "pain.001.001.09")
    assert number.encode() in content
    assert scene.payments.make_file(DAY) is None
    answer = scene.folder / "pain002.xml"
    answer.write_text(pain002("ACCP", message_id=made.message_id), encoding="utf-8")
    scene.payments.take_answer(answer)
    scene.payments.take_answer(answer)
    assert scene.payments.item(number).state == "accepted"
    scene.statement({"amount": "-100.00", "end_to_end": number})
    assert scene.payments.item(number).state == "booked"
    assert scene.kinds() == []
    assert scene.payments.regenerate(made.message_id) == content


def test_an_item_is_never_in_two_live_files(scene: BankScene) -> None:
    first = approved(scene)
    made = scene.payments.make_file(DAY)
    second = approved(scene, "R2")
    again = scene.payments.make_file(DAY)
    assert made is not None
    assert again is not None
    assert (made.message_id, again.message_id) == ("KCICBC-20261120-001", "KCICBC-20261120-002")
    assert [scene.payments.item(number).live_file for number in (first, second)] == [made.message_id, again.message_id]
    assert first.encode() not in scene.payments.regenerate(again.message_id)


def test_killed_before_the_bytes_were_made_the_file_is_finished_later(scene: BankScene, monkeypatch: pytest.MonkeyPatch) -> None:
    approved(scene)
    with monkeypatch.context() as patch:
        patch.setattr(Payments, "_finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            scene.payments.make_file(DAY)
    content = scene.payments.regenerate("KCICBC-20261120-001")
    assert valid(content, "pain.001.001.09")
    assert scene.payments.regenerate("KCICBC-20261120-001") == content


def test_a_rejected_payment_goes_back_by_two_people(scene: BankScene) -> None:
    number, other = approved(scene), approved(scene, "R2")
    made = scene.payments.make_file(DAY)
    assert made is not None
    answer = scene.folder / "pain002.xml"
    answer.write_text(pain002("PART", single(number, "RJCT", "AC01") + single(other, "ACSP"), "12", made.message_id), encoding="utf-8")
    scene.payments.take_answer(answer)
    item = scene.payments.item(number)
    assert (item.state, item.live_file, item.reason) == ("rejected", None, "AC01 户名不符")
    assert scene.payments.make_file(DAY) is None
    scene.payments.propose_back(number, scene.person("FIN1"))
    with pytest.raises(Refusal):
        scene.payments.approve_back(number, scene.person("FIN1"))
    scene.payments.approve_back(number, scene.person("FIN2"))
    assert (scene.payments.item(number).state, scene.world.balance("A")) == ("returned", 990000)
    with pytest.raises(Refusal):
        scene.payments.propose_back(number, scene.person("FIN1"))


def test_a_payment_the_bank_sends_back_later(scene: BankScene) -> None:
    number = approved(scene)
    scene.payments.make_file(DAY)
    scene.statement({"amount": "-100.00", "end_to_end": number}, {"amount": "-100.00", "end_to_end": number})
    assert scene.kinds() == ["payment_twice"]
    scene.morning_after(2)
    scene.statement({"amount": "100.00", "end_to_end": number}, day=NEXT, number=2)
    (case,) = scene.cases(NEXT, SCOPE)
    assert (case.kind, case.effect_minor, scene.payments.item(number).state) == (BankKind.PAYMENT_RETURNED, 10000, "returned")
    people = People(scene.parts)
    people.propose(case.id, Action.CREDIT_PARTY, scene.person("FIN1"), "退票", "A")
    people.decide(case.id, Action.CREDIT_PARTY, scene.person("FIN2"), NEXT, approve=True)
    assert scene.world.balance("A") == 1000000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"debited": "bank"}, "debited"),
        ({"amount_minor": 0}, "amount"),
        ({"payee": Payee("", "6217000012345678901", "102421000013")}, "name"),
        ({"payee": Payee("x\ny", "6217000012345678901", "102421000013")}, "name"),
        ({"payee": Payee("x", "62 17", "102421000013")}, "account"),
        ({"payee": Payee("x", "6217000012345678901", "1")}, "bank_code"),
        ({"purpose": "x" * 71}, "purpose"),
    ],
)
def test_what_cannot_be_paid(scene: BankScene, change: dict[str, Any], field: str) -> None:
    asked: dict[str, Any] = {
        "debited": "deposit:A",
        "amount_minor": 1,
        "payee": TOM,
        "purpose": "",
        "reference": "R",
        "asker": scene.person("FIN1"),
    }
    with pytest.raises(BadPayment, match=field):
        scene.payments.propose(**(asked | change))


def test_one_reference_is_one_payment(scene: BankScene) -> None:
    approved(scene)
    other = Payee("李四", "6217000012345678902", "102421000013")
    with pytest.raises(Refusal) as caught:
        scene.payments.propose("deposit:A", 10000, other, "退还预存", "R1", scene.person("FIN2"))
    assert caught.value.code in {RefusalCode.OTHER_BODY, RefusalCode.EVIDENCE_USED}
    with pytest.raises(LookupError):
        scene.payments.item("P0")
    with pytest.raises(LookupError):
        scene.payments.regenerate("nobody")


@pytest.mark.parametrize("language", ["zh_CN", "en", "id"])
def test_every_kind_has_its_name(language: str) -> None:
    assert len({say(kind.text, language) for kind in BankKind}) == len(BankKind)


def test_cases_are_followed_by_age() -> None:
    assert [cases.age_band(days) for days in (0, 1, 2, 3, 7, 8)] == ["T+0", "T+1", "T+2", "T+3-7", "T+3-7", ">7"]
