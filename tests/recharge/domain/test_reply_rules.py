"""Reply rules: what they read, what nobody may read, and which rules are refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recharge.domain.outcomes import OutcomeState
from recharge.domain.reply_rules import BadRule, Meaning, Reply, ReplyRule, RuleSet, Scope, Unread, Why, anonymous, shape

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
OLD = datetime(2026, 1, 1, tzinfo=UTC)
DONE = ReplyRule(
    code="DONE",
    pattern=r"Top up (?P<amount>[0-9.,]{1,12}) to (?P<number>[0-9]{10,14}) OK\. SN (?P<sn>[0-9]{6,20})\. Balance (?P<balance>[0-9.,]{1,9})",
    meaning=Meaning.SUCCESS,
    samples=("Top up 10.00 to 09170000007 OK. SN 123456789. Balance 1,490.00",),
    valid_from=OLD,
)
REFUSED = replace(
    DONE,
    code="REFUSED",
    pattern=r"Top up to (?P<number>[0-9]{10,14}) failed: (?P<reason>.{1,40})",
    meaning=Meaning.FAILED,
    samples=("Top up to 09170000007 failed: number is blocked",),
)
ANYWHERE = Scope("CHIP-1", "sms", "SMART")


def read(rules: RuleSet, text: str, scope: Scope = ANYWHERE, at: datetime = NOW) -> Reply | Unread:
    return rules.read(text, scope, at)


def rules(*given: ReplyRule) -> RuleSet:
    made = RuleSet()
    for rule in given:
        made = made.with_rule(rule)
    return made


def test_a_reply_tells_its_pieces() -> None:
    told = read(rules(DONE, REFUSED), "TOP UP 25.00 to  639170000008 ok.\r\nSN 987654321. Balance 4,686.50")
    assert told == Reply("DONE", Meaning.SUCCESS, "639170000008", 2500, None, 468650, {}, "987654321")
    assert read(rules(DONE, REFUSED), "Top up to 09170000008 failed: barred") == Reply(
        "REFUSED", Meaning.FAILED, "09170000008", reason="barred"
    )


def test_what_no_rule_reads_is_unread() -> None:
    assert read(rules(DONE), "Top up 10.00 to 09170000007 FAIL. SN 123456789. Balance 1.00") == Unread(Why.NO_RULE)
    assert read(RuleSet(), "anything") == Unread(Why.NO_RULE)


def test_two_readings_that_contradict_each_other_are_none() -> None:
    both = RuleSet([DONE, replace(DONE, code="OTHER", meaning=Meaning.FAILED)])
    assert read(both, DONE.samples[0]) == Unread(Why.CONTRADICTION, ("DONE", "OTHER"))


def test_of_two_that_agree_the_first_in_order_tells() -> None:
    plainer = replace(DONE, code="APLAIN", pattern=r"Top up .{1,100} SN (?P<sn>[0-9]{6,20})\..{1,40}")
    told = read(RuleSet([plainer, replace(DONE, order=10)]), DONE.samples[0])
    assert isinstance(told, Reply)
    assert told.rule == "DONE"


def test_a_piece_in_doubt_makes_the_whole_text_unread() -> None:
    assert read(rules(DONE), "Top up 1,00 to 09170000007 OK. SN 123456789. Balance 1.00") == Unread(Why.UNREADABLE, ("DONE",))


@pytest.mark.parametrize("scope", [Scope("CHIP-2", "sms", "SMART"), Scope("CHIP-1", "ussd", "SMART"), Scope("CHIP-1", "sms", "+6391")])
def test_a_rule_reads_only_what_comes_from_its_place(scope: Scope) -> None:
    narrow = rules(replace(DONE, scope=ANYWHERE))
    assert isinstance(read(narrow, DONE.samples[0]), Reply)
    assert read(narrow, DONE.samples[0], scope) == Unread(Why.NO_RULE)


def test_a_rule_holds_from_its_day_and_until_it_is_retired() -> None:
    bounded = RuleSet([replace(DONE, valid_from=NOW, retired_at=NOW + timedelta(days=1))])
    for at, reads in ((NOW - timedelta(seconds=1), False), (NOW, True), (NOW + timedelta(days=1), False)):
        assert isinstance(read(bounded, DONE.samples[0], at=at), Reply) is reads


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"samples": ()}, "samples"),
        ({"samples": ("x",) * 21}, "samples"),
        ({"samples": ("Top up 10.00 to nobody",)}, "own sample"),
        ({"samples": ("Top up 1,00 to 09170000007 OK. SN 123456789. Balance 1.00",)}, "cannot be read as amount"),
        ({"pattern": r"(?P<whatever>.*)"}, "whatever"),
        ({"pattern": r"(a+)+b"}, "pattern"),
        ({"pattern": r"Top up .*"}, "capture something"),
        ({"decimal": ";"}, "decimal"),
    ],
)
def test_a_rule_that_cannot_be_right_is_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(BadRule, match=why):
        RuleSet().check(replace(DONE, **change))  # type: ignore[arg-type]


def test_a_rule_that_reads_anothers_sample_is_refused() -> None:
    greedy = replace(REFUSED, code="GREEDY", pattern=r"Top up.{1,30}(?P<number>[0-9]{10,14}).*")
    with pytest.raises(BadRule, match="sample of rule DONE"):
        rules(DONE).check(greedy)


def test_a_rule_whose_sample_another_reads_is_refused() -> None:
    wide = replace(DONE, code="WIDE", pattern=r"Top up.{1,30}(?P<number>[0-9]{10,14}).*", samples=("Top up: 09170000007",))
    with pytest.raises(BadRule, match="rule WIDE already matches"):
        rules(wide).check(REFUSED)


def test_rules_of_other_places_and_retired_ones_are_not_in_the_way() -> None:
    greedy = replace(REFUSED, code="GREEDY", pattern=r"Top up.{1,30}(?P<number>[0-9]{10,14}).*", scope=Scope("CHIP-2"))
    RuleSet([replace(DONE, scope=Scope("CHIP-1"))]).check(greedy)
    RuleSet([replace(DONE, retired_at=NOW)]).check(greedy)
    with pytest.raises(BadRule, match="DONE"):
        RuleSet([replace(DONE, scope=Scope("", "sms"))]).check(greedy)


def test_a_rule_may_take_its_own_place_anew() -> None:
    again = rules(DONE).with_rule(replace(DONE, order=1))
    assert [rule.order for rule in again.rules] == [1]


@pytest.mark.parametrize("meaning", list(Meaning))
def test_meanings_that_speak_of_an_order_are_outcomes(meaning: Meaning) -> None:
    apart = {Meaning.STOCK, Meaning.STOCK_IN, Meaning.QUESTION, Meaning.NOISE}
    assert (meaning.state is None) is (meaning in apart)
    if meaning.state is not None:
        assert meaning.state is OutcomeState(meaning.value)


def test_a_sample_keeps_no_number() -> None:
    text = "Top up 10.00 to 09171234567 OK. SN 123456789. Balance 1,490.00"
    told = read(rules(DONE), text)
    assert isinstance(told, Reply)
    assert anonymous(text, told) == "Top up 10.00 to 09170000000 OK. SN 123456789. Balance 1,490.00"
    assert isinstance(read(rules(DONE), anonymous(text, told)), Reply)


def test_texts_of_one_wording_have_one_shape() -> None:
    assert shape("Top up 10.00 to 0917  ok") == shape("Top up 2,500.00 to 0918 ok".replace(",", "")) == "Top up 0.0 to 0 ok"
