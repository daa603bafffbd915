"""What dealers type is recognised by templates, and numbers are brought into one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.modem_farm import generate
from simulators.modem_farm.commands import Command, international, national, pattern_of, understood
from simulators.modem_farm.config import OperatorPlan

MKIOS, WALLET, FEN = (OperatorPlan(**generate.operators(name)[0]) for name in ("mkios", "wallet", "fen"))


@pytest.mark.parametrize(
    ("plan", "text", "by_sms", "command"),
    [
        (MKIOS, "*777*081389092678*10*1234#", False, Command("recharge", "1234", "081389092678", 10)),
        (MKIOS, "*777*+6281389092678*10*1234#", False, Command("recharge", "1234", "+6281389092678", 10)),
        (MKIOS, "*776*1234#", False, Command("stock", "1234")),
        (MKIOS, " *774*1234# ", False, Command("last", "1234")),
        (MKIOS, "r 081389092678   10 1234", True, Command("recharge", "1234", "081389092678", 10)),
        (WALLET, "Load 09170000007 15 1234", True, Command("recharge", "1234", "09170000007", 15)),
        (WALLET, "hist 1234", True, Command("last", "1234")),
        (FEN, "CZ#13800138000#50#1234", True, Command("recharge", "1234", "13800138000", 50)),
        (FEN, "ye#1234", True, Command("stock", "1234")),
    ],
)
def test_understood(plan: OperatorPlan, text: str, by_sms: bool, command: Command) -> None:
    assert understood(plan, text, by_sms=by_sms) == command


@pytest.mark.parametrize(
    "text",
    ["", "*777*081389092678*10*1234", "*777*08138909*x*1234#", "*777*12*10*1234#", "777*081389092678*10*1234#", "*776*#", "*776*12a#"],
)
def test_not_understood(text: str) -> None:
    assert understood(MKIOS, text, by_sms=False) is None


def test_marks_in_templates_are_marks() -> None:
    assert pattern_of("*1.{pin}#").fullmatch("*1.22#")
    assert not pattern_of("*1.{pin}#").fullmatch("*1x22#")


@given(st.from_regex(r"08[1-9][0-9]{7,9}", fullmatch=True), st.sampled_from([5, 10, 100]), st.from_regex(r"[0-9]{4,6}", fullmatch=True))
def test_what_a_template_writes_it_reads(number: str, units: int, pin: str) -> None:
    text = MKIOS.recharge.format(number=number, units=units, pin=pin)
    assert understood(MKIOS, text, by_sms=False) == Command("recharge", pin, number, units)


@pytest.mark.parametrize(
    ("plan", "number", "home", "abroad"),
    [
        (MKIOS, "081389092678", "081389092678", "6281389092678"),
        (MKIOS, "+6281389092678", "081389092678", "6281389092678"),
        (MKIOS, "6281389092678", "081389092678", "6281389092678"),
        (WALLET, "09170000007", "09170000007", "639170000007"),
        (WALLET, "+639170000007", "09170000007", "639170000007"),
        (FEN, "+8613800138000", "13800138000", "8613800138000"),
        (FEN, "8613800138000", "13800138000", "8613800138000"),
        (FEN, "13800138000", "13800138000", "8613800138000"),
        (MKIOS, "777", "777", "62777"),
        (FEN, "10086", "10086", "8610086"),
    ],
)
def test_numbers(plan: OperatorPlan, number: str, home: str, abroad: str) -> None:
    assert national(plan, number) == home
    assert international(plan, number) == abroad
