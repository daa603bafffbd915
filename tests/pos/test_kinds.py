"""The message set as a table: which message is which, what it must carry, how it is answered."""

import pytest

from pos.codec.errors import FrameError
from pos.codec.message import Message
from pos.codes import Code
from pos.kinds import MONEY, RULES, Kind, answer_type, check_complete, wanted


@pytest.mark.parametrize(
    ("mti", "processing", "network", "kind"),
    [
        ("0800", "", "003", Kind.SIGN_IN),
        ("0800", "", "004", Kind.SIGN_IN),
        ("0800", "", "360", Kind.PARAMETERS),
        ("0800", "", "361", Kind.PARAMETERS_END),
        ("0820", "", "002", Kind.SIGN_OFF),
        ("0820", "", "301", Kind.ECHO),
        ("0820", "", "362", Kind.STATUS),
        ("0200", "310000", "000", Kind.BALANCE),
        ("0100", "310000", "000", Kind.PRE_CHECK),
        ("0200", "190000", "000", Kind.RECHARGE),
        ("0220", "190000", "000", Kind.CONFIRM),
        ("0220", "280000", "000", Kind.CONFIRM),
        ("0200", "280000", "000", Kind.CANCEL),
        ("0400", "190000", "000", Kind.REVERSAL),
        ("0400", "280000", "000", Kind.REVERSAL),
        ("0500", "", "201", Kind.SETTLEMENT),
        ("0320", "", "201", Kind.UPLOAD),
        ("0320", "", "202", Kind.UPLOAD_END),
        ("0320", "", "207", Kind.UPLOAD_END),
        ("0200", "000000", "000", None),
        ("0800", "", "999", None),
        ("0210", "190000", "000", None),
    ],
)
def test_which_is_which(mti: str, processing: str, network: str, kind: Kind | None) -> None:
    fields = {60: f"00000001{network}"} | ({3: processing} if processing else {})
    asked = wanted(Message(mti, fields))
    assert (asked.kind, asked.use.batch, asked.use.network) == (kind, 1, network)


def test_without_field_60_nothing_is_wanted() -> None:
    with pytest.raises(FrameError):
        wanted(Message("0200", {3: "190000"}))


def test_every_kind_has_its_rule_and_its_code_for_busy() -> None:
    assert set(RULES) == set(Kind)
    for kind, rule in RULES.items():
        assert Code(rule.system)
        assert rule.mac or kind not in MONEY
        # Where money may have moved before, nobody says that nothing was done.
        assert (rule.system == "98") is (kind in MONEY - {Kind.BALANCE})


def test_the_first_field_that_is_missing_is_told() -> None:
    with pytest.raises(FrameError) as caught:
        check_complete(Message("0820", {41: "KC000001"}), Kind.ECHO)
    assert caught.value.field == 42


def test_answers_types() -> None:
    assert [answer_type(mti) for mti in ("0100", "0200", "0220", "0320", "0400", "0500", "0800", "0820")] == [
        "0110", "0210", "0230", "0330", "0410", "0510", "0810", "0830",
    ]  # fmt: skip
