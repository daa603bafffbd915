"""A payment on its way: in one live file at most, the same bytes whoever makes them, and moved on only by what its own bank says of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from bank_settle.banks.kinds import BankKind
from bank_settle.banks.payments import Payments
from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.safe_xml import valid
from recharge import Refusal, RefusalCode
from tests.bank_settle.banks.test_bank_days import NEXT, SCOPE, TOM, BankScene, approved
from tests.bank_settle.banks.test_pain001 import pain002, single
from tests.bank_settle.scene import DAY
from tests.support.books import check_books


class Desk:
    """One account's payments, with its bank's answers as a test wants them."""

    def __init__(self, scene: BankScene, form: str = "pain.001.001.09", account: str = "ICBC") -> None:
        self.scene = scene
        self.bank = scene.bank.model_copy(update={"payment_format": form, "account": account})
        self.payments = Payments(scene.parts, self.bank)

    def approved(self, reference: str, amount: int = 10000) -> str:
        number = self.payments.propose("deposit:A", amount, TOM, "退还预存", reference, self.scene.person("FIN1"))
        self.payments.approve(number, self.scene.person("FIN2"))
        return number

    def file(self) -> str:
        """The next file's message id."""
        made = self.payments.make_file(DAY)
        assert made is not None
        return made.message_id

    def answered(self, text: str | bytes) -> None:
        path = self.scene.folder / "answer"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.payments.take_answer(path)

    def states(self, *numbers: str) -> list[tuple[str, str | None]]:
        return [(item.state, item.live_file) for item in map(self.payments.item, numbers)]

    def file_state(self, message_id: str) -> str:
        return str(self.scene.world.one("SELECT state FROM settle_payment_file WHERE message_id = ?", message_id))


@pytest.fixture
def scene(clean_sqlite_url: str, tmp_path: Path) -> Iterator[BankScene]:
    made = BankScene(clean_sqlite_url, tmp_path)
    yield made
    check_books(made.world)
    made.close()


@pytest.fixture
def desk(scene: BankScene) -> Desk:
    return Desk(scene)


def test_the_same_bytes_whoever_makes_them_and_whenever(scene: BankScene) -> None:
    for form in ("pain.001.001.03", "pain.001.001.09", "batch"):
        desk = Desk(scene, form)
        desk.approved(f"{form} 1")
        desk.approved(f"{form} 2", 25)
        name = desk.file()
        content = desk.payments.regenerate(name)
        # Another process, another day, and as if the first one had been killed before it wrote down what it made.
        scene.world.clock.pass_time(hours=1)
        with scene.world.database.write() as connection:
            scene.world.database.change(connection, "UPDATE settle_payment_file SET sha256 = ''")
        assert Payments(scene.new_parts("two"), desk.bank).regenerate(name) == content
        assert desk.payments.regenerate(name) == content
        if form != "batch":
            assert valid(content, form)
            assert etree.fromstring(content).findtext(".//{*}GrpHdr/{*}CtrlSum") == "100.25"
        else:
            assert content.decode("gbk").splitlines()[0] == f"2|100.25|{desk.bank.number}|{name}"


def test_files_of_a_day_are_numbered_and_hold_each_payment_once(desk: Desk) -> None:
    numbers, names = [], []
    for place in range(4):
        numbers.append(desk.approved(f"R{place}"))
        names.append(desk.file())
        assert desk.payments.make_file(DAY) is None
    assert names == [f"KCICBC-20261120-{place:03d}" for place in range(1, 5)]
    contents = [desk.payments.regenerate(name).decode() for name in names]
    for number in numbers:
        assert sum(number in content for content in contents) == 1
    assert desk.states(*numbers) == [("sent", name) for name in names]


def test_only_what_two_people_approved_goes_into_a_file(desk: Desk) -> None:
    draft = desk.payments.propose("deposit:A", 5, TOM, "", "R1", desk.scene.person("FIN1"))
    number = desk.approved("R2")
    content = desk.payments.regenerate(desk.file()).decode()
    assert (number in content, draft in content) == (True, False)
    assert [item.id for item in desk.payments.items("draft")] == [draft]
    assert [item.id for item in desk.payments.items("sent")] == [number]
    assert len(desk.payments.items()) == 2


def test_accounts_do_not_mix(scene: BankScene) -> None:
    first, second = Desk(scene), Desk(scene, account="CMB")
    one, other = first.approved("R1"), second.approved("R1")
    assert one != other
    names = [first.file(), second.file()]
    assert names == ["KCICBC-20261120-001", "KCCMB-20261120-001"]
    assert other.encode() not in first.payments.regenerate(names[0])
    with pytest.raises(LookupError):
        second.payments.regenerate(names[0])
    with pytest.raises(LookupError):
        second.answered(pain002("RJCT", message_id=names[0]))
    assert first.states(one) == [("sent", names[0])]


def test_a_rejected_payment_is_free_and_is_not_sent_again_by_itself(desk: Desk) -> None:
    number, other = desk.approved("R1"), desk.approved("R2")
    name = desk.file()
    content = desk.payments.regenerate(name)
    desk.answered(pain002("PART", single(number, "RJCT", "AC01") + single(other, "ACSP"), "12", name))
    assert desk.states(number, other) == [("rejected", None), ("accepted", name)]
    assert desk.file_state(name) == "partly"
    assert desk.payments.make_file(DAY) is None
    # What was sent stays what was sent.
    assert desk.payments.regenerate(name) == content
    # A word of the bank's that comes late does not bring it back into the file.
    desk.answered(pain002("ACCP", message_id=name))
    assert desk.states(number, other) == [("rejected", None), ("accepted", name)]


def test_a_word_on_the_whole_file_counts_for_each_payment(desk: Desk) -> None:
    for group, state, live in (("ACCP", "accepted", True), ("RJCT", "rejected", False), ("PDNG", "sent", True)):
        numbers = [desk.approved(f"{group} {place}") for place in range(2)]
        name = desk.file()
        for _ in range(2):
            desk.answered(pain002(group, message_id=name))
            assert desk.states(*numbers) == [(state, name if live else None)] * 2
            assert desk.file_state(name) == state


def test_a_payments_own_word_counts_before_the_files(desk: Desk) -> None:
    number, other = desk.approved("R1"), desk.approved("R2")
    name = desk.file()
    desk.answered(pain002("ACCP", single(number, "RJCT", "AM04"), "12", name))
    assert desk.states(number, other) == [("rejected", None), ("accepted", name)]
    assert desk.payments.item(number).reason.startswith("AM04")


def test_words_about_payments_that_are_not_in_the_file_move_nothing(desk: Desk) -> None:
    number = desk.approved("R1")
    first = desk.file()
    other = desk.approved("R2")
    second = desk.file()
    desk.answered(pain002("PART", single(other, "RJCT", "AC01") + single("P0000000000000000NONE", "RJCT"), "12", first))
    assert desk.states(number, other) == [("sent", first), ("sent", second)]


NO_ANSWERS: list[tuple[str, Fault | None]] = [
    (pain002("XXXX", edition="12"), Fault.CODE),
    (pain002("ACCP", message_id=""), None),
    (pain002("ACCP").replace("pain.002.001.03", "pain.002.001.10"), Fault.SCHEMA),
    (pain002("ACCP").replace("</Document>", ""), Fault.SCHEMA),
    ("<!DOCTYPE a>" + pain002("ACCP"), Fault.HOSTILE),
    ("1|1.00|0|0.00\r\nM1|P1|2.00|0|\r\n", Fault.TOTAL),
    ("0|0.00|0|0.00\r\nM1|P1|2.00|0|\r\n", Fault.COUNT),
    ("1|1.00|0|0.00|9\r\n", Fault.HEADER),
]


def test_an_answer_that_is_none_moves_nothing(desk: Desk) -> None:
    number = desk.approved("R1")
    name = desk.file()
    for text, fault in NO_ANSWERS:
        with pytest.raises(BadFile) as caught:
            desk.answered(text)
        assert fault is None or caught.value.fault is fault
    assert (desk.states(number), desk.file_state(name)) == ([("sent", name)], "sent")


def test_a_batchs_return_file(scene: BankScene) -> None:
    desk = Desk(scene, "batch")
    number, other = desk.approved("R1"), desk.approved("R2", 2345)
    name = desk.file()
    lines = f"1|100.00|1|23.45\r\n{name}|{number}|100.00|0|\r\n{name}|{other}|23.45|9|户名不符\r\n"
    desk.answered(lines.encode("gbk"))
    assert desk.states(number, other) == [("accepted", name), ("rejected", None)]
    assert desk.payments.item(other).reason == "户名不符"
    assert desk.file_state(name) == "partly"


def test_what_the_bank_debits_otherwise_is_a_case_and_not_booked(desk: Desk) -> None:
    number, other = desk.approved("R1"), desk.approved("R2")
    desk.file()
    outcome = desk.scene.statement(
        {"amount": "-100.01", "end_to_end": number, "reference": "D1"},
        {"amount": "-100.00", "end_to_end": "P" + "0" * 19, "reference": "D2"},
        {"amount": "-100.00", "end_to_end": other, "reference": "D3"},
    )
    assert outcome.day.state == "matched"
    assert desk.scene.kinds() == [BankKind.PAYMENT_AMOUNT, BankKind.PAYMENT_UNKNOWN]
    assert [state for state, _ in desk.states(number, other)] == ["sent", "booked"]


def test_a_booked_payment_is_not_rejected_by_a_late_answer(desk: Desk) -> None:
    number = desk.approved("R1")
    name = desk.file()
    desk.scene.statement({"amount": "-100.00", "end_to_end": number, "reference": "D1"})
    desk.answered(pain002("RJCT", message_id=name))
    assert desk.states(number) == [("booked", name)]
    with pytest.raises(Refusal) as caught:
        desk.payments.propose_back(number, desk.scene.person("FIN1"))
    assert caught.value.code is RefusalCode.CASE_CLOSED


def test_a_payment_is_debited_once_over_two_days(desk: Desk) -> None:
    number = desk.approved("R1")
    desk.file()
    desk.scene.statement({"amount": "-100.00", "end_to_end": number, "reference": "D1"})
    desk.scene.morning_after(2)
    desk.scene.statement({"amount": "-100.00", "end_to_end": number, "reference": "D2"}, day=NEXT, number=2)
    assert [case.kind for case in desk.scene.cases(NEXT, SCOPE)] == [BankKind.PAYMENT_TWICE]
    assert [case.effect_minor for case in desk.scene.cases(NEXT, SCOPE)] == [-10000]


def test_returned_money_goes_to_nobody_by_itself(desk: Desk) -> None:
    number = desk.approved("R1")
    desk.file()
    desk.scene.statement({"amount": "-100.00", "end_to_end": number, "reference": "D1"})
    desk.scene.morning_after(2)
    desk.scene.statement({"amount": "100.00", "end_to_end": number, "reference": "D2"}, day=NEXT, number=2)
    assert (desk.states(number), desk.scene.world.balance("A")) == ([("returned", None)], 990000)
    assert desk.payments.make_file(NEXT) is None


def test_items_are_moved_all_or_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    number, other = desk.approved("R1"), desk.approved("R2")

    def elsewhere(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("bank_settle.banks.payments._move", elsewhere)
        with pytest.raises(RuntimeError):
            desk.payments.make_file(DAY)
    assert desk.states(number, other) == [("approved", None)] * 2
    # The number of the file that was not made is free again.
    assert desk.file() == "KCICBC-20261120-001"


def test_a_payments_number_follows_from_its_reference_and_fits_an_end_to_end_id(scene: BankScene) -> None:
    number = approved(scene, "a reference of sixty letters and more, as a browser's form makes it")
    assert len(number) == 20
    assert number.isalnum()
    assert scene.payments.items()[0].id == number
