"""Any text at all, and every sample spoilt in every place: nothing is read as something else, and reading never raises."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.outcomes import OutcomeState
from recharge.domain.reply_notation import Notation, Unreadable, likeness, moment, part_of
from recharge.domain.reply_patterns import LONGEST_TEXT, compiled, squeezed
from recharge.domain.reply_rules import Meaning, Reply, ReplyRule, RuleSet, Scope, Unread, anonymous, shape
from recharge.suppliers.starting_rules import COUNTRIES, starting_rules

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SCOPE = Scope("CHIP", "sms")
RULES: list[ReplyRule] = [rule for country in COUNTRIES for rule, _ in starting_rules(country)]
BOOK = RuleSet(RULES)
SAMPLES = [(rule, sample) for rule in RULES for sample in rule.samples]
CONTRARY = {Meaning.SUCCESS: Meaning.FAILED, Meaning.FAILED: Meaning.SUCCESS}


@given(st.text(max_size=300))
def test_any_text_is_read_or_not_and_nothing_is_raised(text: str) -> None:
    told = BOOK.read(text, SCOPE, NOW)
    assert isinstance(told, Reply | Unread)
    assert len(squeezed(text)) <= LONGEST_TEXT
    assert shape(shape(text)) == shape(text)


@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False))
def test_a_text_with_pieces_of_another_is_not_the_contrary(pair: tuple[ReplyRule, str], chance: random.Random) -> None:
    rule, sample = pair
    _, other = chance.choice(SAMPLES)
    cut, joint = chance.randrange(len(sample)), chance.randrange(len(other))
    told = BOOK.read(sample[:cut] + other[joint:], SCOPE, NOW)
    if isinstance(told, Reply) and told.meaning.state in {OutcomeState.SUCCESS, OutcomeState.FAILED}:
        # Whatever was read then begins and ends as one wording: a piece of an advertisement makes no sale.
        assert any(compiled(known.pattern).fullmatch(squeezed(sample[:cut] + other[joint:])) for known in RULES)
        assert told.meaning is not CONTRARY.get(rule.meaning) or cut < len(sample) // 2


@pytest.mark.parametrize(("rule", "sample"), SAMPLES, ids=[f"{rule.code}-{number}" for number, (rule, _) in enumerate(SAMPLES)])
def test_a_sample_with_one_character_gone_never_says_the_contrary(rule: ReplyRule, sample: str) -> None:
    plain = squeezed(sample)
    for place in range(len(plain)):
        told = BOOK.read(plain[:place] + plain[place + 1 :], SCOPE, NOW)
        if isinstance(told, Reply):
            assert told.meaning is rule.meaning


@pytest.mark.parametrize(("rule", "sample"), SAMPLES, ids=[f"{rule.code}-{number}" for number, (rule, _) in enumerate(SAMPLES)])
def test_a_text_cut_short_is_never_a_sale(rule: ReplyRule, sample: str) -> None:
    plain = squeezed(sample)
    for end in range(0, len(plain) - 12, 3):
        told = BOOK.read(plain[:end], SCOPE, NOW)
        assert isinstance(told, Unread) or told.meaning is not Meaning.SUCCESS


@pytest.mark.parametrize(("rule", "sample"), SAMPLES, ids=[f"{rule.code}-{number}" for number, (rule, _) in enumerate(SAMPLES)])
def test_a_sample_blotted_out_is_read_by_the_same_rule(rule: ReplyRule, sample: str) -> None:
    told = BOOK.read(sample, SCOPE, NOW)
    assert isinstance(told, Reply)
    again = BOOK.read(anonymous(sample, told), SCOPE, NOW)
    assert isinstance(again, Reply)
    assert (
        (again.rule, again.meaning, again.balance_minor)
        == (told.rule, told.meaning, told.balance_minor)
        == (rule.code, rule.meaning, again.balance_minor)
    )


@given(st.text(max_size=40), st.sampled_from([".", ",", ""]), st.integers(0, 2))
def test_an_amount_is_a_whole_number_or_not_read(text: str, decimal: str, digits: int) -> None:
    try:
        minor = Notation(decimal, digits).amount_minor(text)
    except Unreadable:
        return
    assert isinstance(minor, int)
    assert abs(minor) < 10**15


@given(st.text(alphabet="0123456789/-: @.abcdefgjmnoprstuvy", max_size=30))
def test_a_moment_is_aware_or_not_read(text: str) -> None:
    try:
        assert moment(text, NOW).tzinfo is UTC
    except Unreadable:
        return


@given(st.from_regex(r"\A0?[1-9][0-9]{8,11}\Z"), st.sampled_from(["", "+", "00", "62", "+62"]))
def test_a_number_is_like_itself_however_it_is_prefixed(number: str, prefix: str) -> None:
    written = number if prefix in {"", "+"} else prefix + number.lstrip("0")
    assert likeness(prefix + number if prefix == "+" else written, number) == "same"


@given(st.from_regex(r"\A1[0-9]{10}\Z"), st.integers(0, 10))
def test_a_number_with_another_digit_is_another(number: str, place: int) -> None:
    changed = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert likeness(changed, number) == "other"


@given(st.text(max_size=60))
def test_parts_are_recognised_without_guessing(text: str) -> None:
    found = part_of(text)
    if found is not None:
        which, of_how_many, rest = found
        assert 1 <= which <= of_how_many <= 9
        assert text.strip().lstrip("([").startswith(f"{which}/{of_how_many}")
        assert rest in text
