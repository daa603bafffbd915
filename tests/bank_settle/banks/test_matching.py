"""Whose money it is: the order of the rules, everything that is left to people, and noisy lines of which none goes to the wrong point."""

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bank_settle.banks import reference
from bank_settle.banks.kinds import BankKind
from bank_settle.banks.matching import Decision, Item, Known, Line, Ticket, decide

AT = datetime(2026, 11, 20, tzinfo=UTC)
LATER = AT + timedelta(hours=24)
REF = reference.make
LINES = int(os.environ.get("KONGCHONG_BANK_LINES", "4000"))
LINE = Line(1, 100000, "", "6217", "", "", "B1")
KNOWN = Known(
    parties=frozenset({"A", "B", "P1", "p2"}),
    virtual={"880100001": "A", "880100009": "GONE"},
    payers={"6217": "B"},
    tickets={100137: (Ticket("A", 100137, LATER),), 100200: (Ticket("A", 100200, AT - timedelta(hours=1)),)},
    wanted={"A": 100137},
    items={"PITEM": Item("PITEM", 5000, "sent"), "PDONE": Item("PDONE", 5000, "booked")},
    credited={"B0": "A"},
    fees=("手续费",),
)
STRANGER = replace(LINE, payer_account="9999")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (replace(LINE, virtual_account="880100001", text=REF("B")), Decision("virtual", "A")),
        (replace(LINE, virtual_account="880100009"), Decision("virtual", kind=BankKind.UNKNOWN_PARTY)),
        (replace(LINE, our_reference=REF("A"), amount_minor=200000), Decision("reference", "A")),
        (replace(LINE, text=f"存款{REF('P2')} 谢谢"), Decision("reference", "p2")),
        (replace(LINE, text=REF("NOBODY")), Decision("reference", kind=BankKind.UNKNOWN_PARTY)),
        (replace(LINE, text=f"{REF('A')} {REF('B')}"), Decision("reference", kind=BankKind.AMBIGUOUS)),
        (replace(LINE, text="KCA00"), Decision("reference", kind=BankKind.WRONG_REFERENCE)),
        (replace(LINE, text=REF("A"), amount_minor=99500), Decision("reference", "A", kind=BankKind.SHORT)),
        (replace(STRANGER, amount_minor=100137), Decision("amount", "A")),
        (replace(STRANGER, amount_minor=100200), Decision("none", kind=BankKind.LATE_TICKET)),
        (LINE, Decision("payer", "B")),
        (STRANGER, Decision("none", kind=BankKind.NO_REFERENCE)),
        (replace(STRANGER, text="网点A 张三"), Decision("none", kind=BankKind.NO_REFERENCE)),
        (replace(LINE, amount_minor=-5000, our_reference="PITEM"), Decision("end_to_end", item="PITEM")),
        (replace(LINE, amount_minor=-5001, our_reference="PITEM"), Decision("end_to_end", item="PITEM", kind=BankKind.PAYMENT_AMOUNT)),
        (replace(LINE, amount_minor=-5000, our_reference="PDONE"), Decision("end_to_end", item="PDONE", kind=BankKind.PAYMENT_TWICE)),
        (replace(LINE, amount_minor=5000, our_reference="PDONE"), Decision("end_to_end", item="PDONE", kind=BankKind.PAYMENT_RETURNED)),
        (replace(LINE, amount_minor=-100000, bank_reference="B0", reversal=True), Decision("reversal", "A", kind=BankKind.REVERSED)),
        (replace(LINE, amount_minor=-7), Decision("none", kind=BankKind.PAYMENT_UNKNOWN)),
        (replace(LINE, amount_minor=-50, text="手续费", payer_account=""), Decision("fee", kind=BankKind.FEE)),
        (replace(LINE, amount_minor=50, text="手续费返还", payer_account=""), Decision("fee", kind=BankKind.INTEREST)),
        (replace(LINE, text="手续费"), Decision("payer", "B")),
    ],
)
def test_each_line_has_one_decision(line: Line, expected: Decision) -> None:
    assert decide(line, KNOWN, AT) == expected


def test_two_tickets_of_one_amount_are_nobodys() -> None:
    both = replace(KNOWN, tickets={100137: (Ticket("A", 100137, LATER), Ticket("B", 100137, LATER))}, payers={})
    assert decide(replace(LINE, amount_minor=100137), both, AT).kind is BankKind.LATE_TICKET


def test_codes_that_differ_only_in_case_are_left_to_people() -> None:
    known = Known(frozenset({"abc", "Abc"}))
    assert decide(replace(LINE, text=REF("ABC")), known, AT).kind is BankKind.AMBIGUOUS


def noisy(chance: random.Random, number: int, codes: list[str]) -> tuple[Line, str | None]:
    """A line and whose it is in truth; None where nobody can tell."""
    code, other = chance.choice(codes), chance.choice(codes)
    good, line = REF(code), replace(STRANGER, id=number, bank_reference=f"B{number}")
    spoilt = list(good)
    place = chance.randrange(2, len(spoilt))
    spoilt[place] = chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".replace(spoilt[place], ""))
    ways = [
        (replace(line, text=f"预存{good}"), code),
        (replace(line, our_reference=good.lower()), code),
        (replace(line, virtual_account=f"88{codes.index(code):08d}"), code),
        (replace(line, virtual_account=f"88{codes.index(code):08d}", text=REF(other)), code),
        (replace(line, text="".join(spoilt)), code),
        (replace(line, text=f"网点{code} 老板"), None),
        (replace(line, text=f"{good} {REF(other)}"), code if code == other else None),
        (replace(line, payer_account=f"62{codes.index(code):08d}"), code),
        (replace(line, amount_minor=chance.randrange(1, 10**7)), None),
        (replace(line, text=good[:-1]), None),
    ]
    return chance.choice(ways)


def test_none_is_credited_to_the_wrong_point() -> None:
    chance = random.Random(20261120)
    codes = [f"P{number:04d}" for number in range(500)]
    virtual = {f"88{place:08d}": code for place, code in enumerate(codes)}
    payers = {f"62{place:08d}": code for place, code in enumerate(codes)}
    known = Known(frozenset(codes), virtual, payers)
    outcomes: Counter[str] = Counter()
    for number in range(LINES):
        line, truth = noisy(chance, number, codes)
        found = decide(line, known, AT)
        assert found.party in {"", truth}, line
        outcomes["credited" if found.party else "held"] += 1
    assert min(outcomes.values()) > LINES // 5
