"""The bank's own account book: references that never come twice, a state that outlives the program, and what it refuses to carry out."""

import json
import random
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simulators.bank.account import Account, Line
from simulators.bank.deposits import KINDS, LETTERS, arrive, reference_of
from simulators.bank.messages import Ordered, answer, read_orders, statement
from simulators.bank.play import FEE_MINOR, Bank, Day, seal

POINTS = ("A", "B", "P1001")


def payment(message_id: str, *payments: tuple[str, str], count: int | None = None, total: str = "") -> bytes:
    """A pain.001 with these end-to-end references and amounts."""
    told = "".join(
        f"<CdtTrfTxInf><PmtId><EndToEndId>{reference}</EndToEndId></PmtId><Amt><InstdAmt Ccy='CNY'>{amount}</InstdAmt></Amt>"
        f"<Cdtr><Nm>收款人{reference}</Nm></Cdtr><CdtrAcct><Id><Othr><Id>62{reference}</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>"
        for reference, amount in payments
    )
    number = len(payments) if count is None else count
    whole = total or f"{sum(float(amount) for _, amount in payments):.2f}"
    return (
        f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'><CstmrCdtTrfInitn><GrpHdr><MsgId>{message_id}</MsgId>"
        f"<NbOfTxs>{number}</NbOfTxs><CtrlSum>{whole}</CtrlSum></GrpHdr><PmtInf>{told}</PmtInf></CstmrCdtTrfInitn></Document>"
    ).encode()


def parsed(content: str | bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314  what the simulator wrote


def file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_references_follow_one_another_and_do_not_begin_anew(tmp_path: Path) -> None:
    account = Account("6228")
    assert [account.next_reference() for _ in range(2)] == ["SB000000000001", "SB000000000002"]
    account.keep(tmp_path / "account.json")
    assert Account.read(tmp_path / "account.json", "6228").next_reference() == "SB000000000003"


def test_a_book_comes_back_as_it_was_left(tmp_path: Path) -> None:
    left = Account("6228", 123, 4, 5, [{"end_to_end": "E1", "amount_minor": -7}], ["M1"])
    left.keep(tmp_path / "account.json")
    assert Account.read(tmp_path / "account.json", "other") == left
    assert Account.read(tmp_path / "none.json", "6229") == Account("6229")


def test_no_reference_of_the_bank_comes_twice_in_a_month(tmp_path: Path) -> None:
    found: list[str] = []
    for day in range(1, 31):
        Bank(tmp_path, "6228", 7).play(Day(f"2026-11-{day:02}", POINTS, 3))
        root = parsed((tmp_path / f"camt053-2026-11-{day:02}.xml").read_bytes())
        found += [str(item.text) for item in root.iterfind(".//{*}AcctSvcrRef")]
    assert len(found) == len(set(found)) == 30 * 4


def test_orders_are_read_with_whom_they_pay() -> None:
    message_id, orders = read_orders(payment("M1", ("E1", "10.05"), ("E2", "0.10")))
    assert message_id == "M1"
    assert orders == [Ordered("E1", 1005, "收款人E1", "62E1"), Ordered("E2", 10, "收款人E2", "62E2")]


@pytest.mark.parametrize(("count", "total"), [(1, "10.00"), (2, "10.01"), (0, "0.00")])
def test_a_file_whose_own_sums_differ_is_carried_out_in_no_part(tmp_path: Path, count: int, total: str) -> None:
    bad = payment("M1", ("E1", "4.00"), ("E2", "6.00"), count=count, total=total)
    with pytest.raises(ValueError, match="sums"):
        Bank(tmp_path, "6228", 7).play(Day("2026-11-20", POINTS, 0, payments=[file(tmp_path, "bad.xml", bad)]))
    assert not (tmp_path / "account.json").exists()
    assert not list(tmp_path.glob("camt053-*"))


def test_a_file_that_comes_twice_in_a_day_is_paid_once(tmp_path: Path) -> None:
    order = file(tmp_path, "order.xml", payment("M1", ("E1", "10.00"), ("E2", "20.00")))
    sheet = Bank(tmp_path, "6228", 7).play(Day("2026-11-20", POINTS, 0, payments=[order, order]))
    assert (sheet["paid"], sheet["closing_minor"]) == (["E1", "E2"], -3000 - FEE_MINOR)
    again = Bank(tmp_path, "6228", 7).play(Day("2026-11-21", POINTS, 0, payments=[order]))
    assert (again["paid"], again["closing_minor"]) == ([], -3000 - 2 * FEE_MINOR)


@pytest.mark.parametrize(
    ("reject", "refused", "status"),
    [(0, [], "ACCP"), (2, ["E2", "E4"], "PART"), (3, ["E3"], "PART"), (1, ["E1", "E2", "E3", "E4"], "RJCT")],
)
def test_one_payment_in_so_many_is_refused_and_told(tmp_path: Path, reject: int, refused: list[str], status: str) -> None:
    order = file(tmp_path, "order.xml", payment("M1", *((f"E{number}", "1.00") for number in range(1, 5))))
    sheet = Bank(tmp_path, "6228", 7).play(Day("2026-11-20", POINTS, 0, payments=[order], reject=reject))
    assert sheet["refused"] == refused
    assert sheet["closing_minor"] == -100 * (4 - len(refused)) - FEE_MINOR
    root = parsed((tmp_path / "pain002-M1.xml").read_bytes())
    assert root.findtext(".//{*}GrpSts") == status
    told = {str(item.findtext("{*}OrgnlEndToEndId")): item.findtext("{*}TxSts") for item in root.iterfind(".//{*}TxInfAndSts")}
    assert [reference for reference, word in told.items() if word == "RJCT"] == refused
    assert not refused or len(told) == 4


def test_what_comes_back_comes_back_once_and_whole(tmp_path: Path) -> None:
    order = file(tmp_path, "order.xml", payment("M1", ("E1", "10.00"), ("E2", "20.00"), ("E3", "40.00")))
    Bank(tmp_path, "6228", 7).play(Day("2026-11-20", POINTS, 0, payments=[order], give_back=2))
    sheets = [Bank(tmp_path, "6228", 7).play(Day(f"2026-11-{day}", POINTS, 0)) for day in (21, 22)]
    assert [sheet["returned"] for sheet in sheets] == [["E2"], []]
    assert sheets[1]["closing_minor"] == -7000 + 2000 - 3 * FEE_MINOR
    root = parsed((tmp_path / "camt053-2026-11-21.xml").read_bytes())
    entry = next(item for item in root.iterfind(".//{*}Ntry") if item.findtext(".//{*}EndToEndId") == "E2")
    assert (entry.findtext("{*}Amt"), entry.findtext("{*}CdtDbtInd")) == ("20.00", "CRDT")


def test_a_statement_says_what_its_lines_say() -> None:
    lines = [
        Line("SB1", 1005, text="预存 <&>", name="老板", other_account="6201", virtual="8801"),
        Line("SB2", -70, "手续费", structured="KCA12", end_to_end="E9"),
    ]
    root = parsed(statement("6228", 9, "2026-11-20", -500, lines))
    balances = [(item.findtext("{*}Amt"), item.findtext("{*}CdtDbtInd")) for item in root.iterfind(".//{*}Bal")]
    assert balances == [("5.00", "DBIT"), ("4.35", "CRDT")]
    first, second = root.iterfind(".//{*}Ntry")
    assert first.findtext(".//{*}Ustrd") == "预存 <&>"
    assert first.findtext(".//{*}Dbtr/{*}Pty/{*}Nm") == "老板"
    assert first.findtext(".//{*}CdtrAcct/{*}Id/{*}Othr/{*}Id") == "8801"
    assert (second.findtext("{*}CdtDbtInd"), second.findtext("{*}Amt")) == ("DBIT", "0.70")
    assert (second.findtext(".//{*}CdtrRefInf/{*}Ref"), second.findtext(".//{*}EndToEndId")) == ("KCA12", "E9")


def test_an_answer_names_single_payments_only_where_some_were_refused() -> None:
    assert "TxInfAndSts" not in answer("M1", [], ["E1"], "2026-11-20")
    assert answer("M1", ["E1"], [], "2026-11-20").count("<TxInfAndSts>") == 1


def deposits(
    seed: int, count: int, points: tuple[str, ...] = POINTS, virtual: dict[str, str] | None = None
) -> list[tuple[Line, str, bool]]:
    found = arrive(Account("6228"), points, virtual or {}, count, random.Random(seed))
    return [(line, truth.point, truth.can_be_told) for line, truth in found]


def test_what_can_be_told_says_whose_it_is_in_one_place(tmp_path: Path) -> None:
    virtual = {point: f"880{number}" for number, point in enumerate(POINTS)}
    for line, point, can_be_told in deposits(5, 60, virtual=virtual):
        marks = [line.structured == reference_of(point), reference_of(point).lower() in line.text, line.virtual == virtual[point]]
        assert sum(marks) == 1 if can_be_told else not (line.structured or line.virtual)


@pytest.mark.parametrize("count", [0, 1, len(KINDS) - 1, len(KINDS), 40])
def test_as_many_arrive_as_were_asked_for(count: int) -> None:
    found = deposits(1, count)
    assert len(found) == count
    assert len({line.reference for line, _, _ in found}) == count
    assert all(line.amount_minor > 0 and len(line.other_account) == 17 for line, _, _ in found)


def test_with_one_point_nobody_writes_two_references() -> None:
    for line, _, can_be_told in deposits(2, 60, ("A",)):
        assert line.text.upper().count("KC") <= 1
        assert can_be_told or line.structured == ""


def test_a_wrong_letter_is_noticed_by_the_check() -> None:
    """ISO 7064 MOD 1271-36 finds every single wrong sign."""
    good = reference_of("P1001")
    for place in range(2, len(good)):
        for letter in LETTERS.replace(good[place], ""):
            assert int(good[:place] + letter + good[place + 1 :], 36) % 1271 != 1


def test_a_seal_is_broken_by_any_change() -> None:
    told = json.loads(seal({"day": "2026-11-20", "closing_minor": 5}))
    assert told["sha256"] == json.loads(seal({"closing_minor": 5, "day": "2026-11-20"}))["sha256"]
    assert told["sha256"] != json.loads(seal({"day": "2026-11-20", "closing_minor": 6}))["sha256"]
