"""A refusal is not for ever: after a mistyped password or money that was short the same person may try again; nothing is done twice."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bank_settle.askers import Door, at_the_console
from bank_settle.banks.payments import Payee, Payments
from bank_settle.carriers.kinds import Kind
from bank_settle.parts import Asker, ask
from bank_settle.people import Action, People
from recharge import Booking, Channel, EndpointKind, OutcomeState, Refusal, RefusalCode, Reply, Request
from tests.bank_settle.banks.test_bank_days import NEXT, TOM, BankScene, approved
from tests.bank_settle.banks.test_pain001 import pain002
from tests.bank_settle.scene import DAY, Scene, Teller
from tests.support.books import check_books
from tests.support.world import PASSWORD


@pytest.fixture
def bank(clean_sqlite_url: str, tmp_path: Path) -> Iterator[BankScene]:
    made = BankScene(clean_sqlite_url, tmp_path)
    yield made
    check_books(made.world)
    made.close()


def mistyped(code: str) -> Asker:
    return at_the_console(code, "000000")


def test_a_mistyped_password_does_not_keep_the_checker_from_a_payment(bank: BankScene) -> None:
    number = bank.payments.propose("deposit:A", 10000, TOM, "退还预存", "R1", bank.person("FIN1"))
    for left in (4, 3):
        with pytest.raises(Refusal) as caught:
            bank.payments.approve(number, mistyped("FIN2"))
        # Each try is a try: guesses are counted and not answered from memory.
        assert (caught.value.code, caught.value.facts["left"]) == (RefusalCode.WRONG_PASSWORD, left)
    assert (bank.payments.item(number).state, bank.world.balance("A")) == ("draft", 1000000)
    bank.payments.approve(number, bank.person("FIN2"))
    assert (bank.payments.item(number).state, bank.world.balance("A")) == ("approved", 990000)


def test_a_mistyped_password_at_the_makers_desk(bank: BankScene) -> None:
    with pytest.raises(Refusal):
        bank.payments.propose("deposit:A", 10000, TOM, "", "R1", mistyped("FIN1"))
    assert bank.payments.items() == []
    number = bank.payments.propose("deposit:A", 10000, TOM, "", "R1", bank.person("FIN1"))
    assert [item.id for item in bank.payments.items()] == [number]


def test_money_that_was_short_is_paid_when_it_is_there(bank: BankScene) -> None:
    number = bank.payments.propose("deposit:A", 1000500, TOM, "", "R1", bank.person("FIN1"))
    for _ in range(2):
        with pytest.raises(Refusal) as caught:
            bank.payments.approve(number, bank.person("FIN2"))
        assert caught.value.code is RefusalCode.INSUFFICIENT_BALANCE
    assert bank.payments.make_file(DAY) is None
    bank.world.deposit("A", "5.00")
    bank.payments.approve(number, bank.person("FIN2"))
    assert (bank.payments.item(number).state, bank.world.balance("A")) == ("approved", 0)


def rejected(bank: BankScene) -> str:
    number = approved(bank)
    made = bank.payments.make_file(DAY)
    assert made is not None
    answer = bank.folder / "answer.xml"
    answer.write_text(pain002("RJCT", message_id=made.message_id), encoding="utf-8")
    bank.payments.take_answer(answer)
    return number


def test_a_rejected_payment_comes_back_after_a_mistyped_password_of_each(bank: BankScene) -> None:
    number = rejected(bank)
    with pytest.raises(Refusal):
        bank.payments.propose_back(number, mistyped("FIN1"))
    bank.payments.propose_back(number, bank.person("FIN1"))
    with pytest.raises(Refusal):
        bank.payments.approve_back(number, mistyped("FIN2"))
    assert (bank.payments.item(number).state, bank.world.balance("A")) == ("returning", 990000)
    bank.payments.approve_back(number, bank.person("FIN2"))
    assert (bank.payments.item(number).state, bank.world.balance("A")) == ("returned", 1000000)


def test_killed_after_the_books_paid_the_approval_is_finished_and_not_repeated(bank: BankScene, monkeypatch: pytest.MonkeyPatch) -> None:
    number = bank.payments.propose("deposit:A", 10000, TOM, "", "R1", bank.person("FIN1"))
    with pytest.raises(Refusal):
        bank.payments.approve(number, mistyped("FIN2"))
    with monkeypatch.context() as patch:
        patch.setattr("bank_settle.banks.payments._move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bank.payments.approve(number, bank.person("FIN2"))
    assert (bank.payments.item(number).state, bank.world.balance("A")) == ("draft", 990000)
    bank.payments.approve(number, bank.person("FIN2"))
    assert (bank.payments.item(number).state, bank.world.balance("A")) == ("approved", 990000)


def test_killed_after_the_case_was_decided_it_is_finished_and_paid_once(bank: BankScene, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.statement({"amount": "2.00", "payer": "6217001"})
    people, (case,) = People(bank.parts), bank.cases(DAY, bank.bank.scope)
    people.propose(case.id, Action.CREDIT_PARTY, bank.person("FIN1"), "x", "A")
    with monkeypatch.context() as patch:
        patch.setattr(People, "_decided", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            people.decide(case.id, Action.CREDIT_PARTY, bank.person("FIN2"), NEXT, approve=True)
    people.decide(case.id, Action.CREDIT_PARTY, bank.person("FIN2"), NEXT, approve=True)
    assert bank.world.balance("A") == 1000200
    assert [item.state for item in people.of(case.id)] == ["approved"]


def charge(scene: Scene) -> tuple[int, People]:
    """An agent that has to pay for a recharge the customer has, and cannot."""
    scene.lists(scene.unsettled(OutcomeState.FAILED))
    scene.morning_after()
    scene.close_carrier()
    (case,) = (item for item in scene.cases() if item.kind == Kind.THEIRS_FAILED_HERE)
    with scene.world.database.write() as connection:
        scene.world.database.change(connection, "UPDATE account SET floor_minor = balance_minor WHERE kind = 'deposit'")
    people = People(scene.parts)
    people.propose(case.id, Action.CHARGE_AGENT, scene.person("FIN1"), "x")
    with pytest.raises(Refusal) as caught:
        people.decide(case.id, Action.CHARGE_AGENT, scene.person("FIN2"), NEXT, approve=True)
    assert caught.value.code is RefusalCode.INSUFFICIENT_BALANCE
    return case.id, people


def test_an_agent_that_could_not_pay_is_charged_when_it_can(scene: Scene) -> None:
    number, people = charge(scene)
    scene.world.deposit("A", "100.00")
    before = scene.world.balance("A")
    people.decide(number, Action.CHARGE_AGENT, scene.person("FIN2"), NEXT, approve=True)
    assert scene.world.balance("A") == before - 4900
    check_books(scene.world)


def test_what_could_not_be_approved_can_be_rejected_by_the_same_person(scene: Scene) -> None:
    number, people = charge(scene)
    before = scene.world.balance("A")
    found = people.decide(number, Action.CHARGE_AGENT, scene.person("FIN2"), NEXT, approve=False)
    assert (found.state, found.checker, scene.world.balance("A")) == ("rejected", "FIN2", before)


class Deaf:
    """An engine that refuses some tries, remembers every answer under its reference, and writes down what it was asked."""

    def __init__(self, *refusals: RefusalCode | None) -> None:
        self._answers, self.asked = list(refusals), list[str]()
        self._known: dict[str, Reply] = {}

    def take(self, request: Request) -> Reply:
        name = request.origin.reference
        self.asked.append(name)
        if name in self._known:
            known = self._known[name]
            return Reply(refusal=known.refusal, case_number=known.case_number, repeated=True)
        code = self._answers.pop(0)
        self._known[name] = Reply(refusal=None if code is None else Refusal(code), case_number=name)
        return self._known[name]

    def take_many(self, requests: Sequence[Request]) -> list[Reply]:
        return [self.take(request) for request in requests]


def test_each_try_has_the_next_reference_and_what_was_done_is_found_again() -> None:
    engine = Deaf(RefusalCode.WRONG_PASSWORD, RefusalCode.INSUFFICIENT_BALANCE, None)
    person = at_the_console("FIN1", PASSWORD)
    operation = Booking("revenue", "bank", 1, "x", "e")

    def tried() -> tuple[RefusalCode | None, bool]:
        reply = ask(engine, lambda name: person.request(operation, name), "r")
        return None if reply.refusal is None else reply.refusal.code, reply.repeated

    assert tried() == (RefusalCode.WRONG_PASSWORD, False)
    assert tried() == (RefusalCode.INSUFFICIENT_BALANCE, False)
    assert tried() == (None, False)
    # From now on the answer is remembered: nothing is asked under a new reference any more.
    assert [tried() for _ in range(2)] == [(None, True), (None, True)]
    assert engine.asked == ["r", "r", "r-2", *["r", "r-2", "r-3"] * 3]


def test_who_is_at_the_console(scene: Scene) -> None:
    person = at_the_console("Fin1", PASSWORD)
    assert (person.channel, person.kind, person.identity) == (Channel.CONSOLE, EndpointKind.CONSOLE, "fin1")
    assert PASSWORD not in repr(person)
    door = Door(Teller(scene.world))
    assert door.prove(scene.person("FIN1")) == "FIN1"
    for asker in (mistyped("FIN1"), scene.person("CS1"), scene.person("AUD1"), scene.person("NOBODY")):
        with pytest.raises(Refusal):
            door.prove(asker)


def test_a_proof_is_a_new_question_every_time(scene: Scene) -> None:
    door = Door(Teller(scene.world))
    for left in (4, 3):
        with pytest.raises(Refusal) as caught:
            door.prove(mistyped("FIN2"))
        assert caught.value.facts["left"] == left
    assert door.prove(scene.person("FIN2")) == "FIN2"


def test_one_reference_pays_one_payee(bank: BankScene) -> None:
    """A form that is sent again with another name, bank or purpose is not answered as if it were the first one."""
    first = bank.payments.propose("deposit:A", 10000, TOM, "退还预存", "R1", bank.person("FIN1"))
    assert bank.payments.propose("deposit:A", 10000, TOM, "退还预存", "R1", bank.person("FIN1")) == first
    assert len({bank.payments.propose("deposit:A", 10000, TOM, "x", f"R{place}", bank.person("FIN1")) for place in range(2, 5)}) == 3
    assert first != Payments(bank.parts, bank.bank.model_copy(update={"account": "CMB"})).propose(
        "deposit:A", 10000, TOM, "退还预存", "R1", bank.person("FIN1")
    )


def test_another_payee_under_the_same_reference_is_refused(bank: BankScene) -> None:
    bank.payments.propose("deposit:A", 10000, TOM, "退还预存", "R1", bank.person("FIN1"))
    fields = {"name": TOM.name, "account": TOM.account, "bank_code": TOM.bank_code}
    for change in ({"name": "李四"}, {"account": "6217000012345678902"}, {"bank_code": "104421000013"}):
        with pytest.raises(Refusal) as caught:
            bank.payments.propose("deposit:A", 10000, Payee(**(fields | change)), "退还预存", "R1", bank.person("FIN1"))
        assert caught.value.code is RefusalCode.OTHER_BODY
    (item,) = bank.payments.items()
    assert (item.payee_name, item.payee_account, item.payee_bank) == (TOM.name, TOM.account, TOM.bank_code)
