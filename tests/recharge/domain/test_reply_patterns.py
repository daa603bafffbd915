"""Patterns whose work has a bound: what is kept, what is refused, and that a kept one ends on the worst text there is for it."""

import re

import pytest

from recharge.domain.reply_patterns import LONGEST_PATTERN, LONGEST_TEXT, BadPattern, compiled, squeezed


@pytest.mark.parametrize(
    "pattern",
    [
        r".*",
        r".*SUKSES.*",
        r"(?P<number>[0-9]+) loaded (?P<product>[^()]{1,40}?)(?: \((?P<charged>P[0-9.,]+)\))? to .*",
        r"(?:[0-9]{1,4}rb=[0-9]{1,7})(?: [0-9]{1,4}rb=[0-9]{1,7})*",
        r"(?:SN|Ref|Voucher): (?P<sn>\S+)",
        r"[^.]+\.[^.]+\.[^.]+\.",
        r"充值(?P<amount>[0-9.]+元)[,，].*",
        r"^a+$",
        r"(?:ab|cd){1,50}e",
        r"(?>[0-9]+)x",
        r"\d+\s\w+\S\D\W",
    ],
)
def test_an_ordinary_pattern_is_kept(pattern: str) -> None:
    assert compiled(pattern).pattern == pattern


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(a+)+b", "one way only"),
        (r"(?:a|aa)*b", "one way only"),
        (r"(?:[^.]+\.)+x", "one way only"),
        (r"(?:a?){1,100}b", "one way only"),
        (r"(?:x.*)*y", "one way only"),
        (r".*a.*b.*c", "too long"),
        (r".+.+.+", "too long"),
        (r".*?SN.*?Saldo.*", "too long"),
        (r"a?" * 30 + "a" * 30, "too long"),
        (r"(?:a|ab|abc|a.)" * 12, "too long"),
        (r"(?=a)b", "assert"),
        (r"(?!a)b", "assert"),
        (r"(?<=a)b", "assert"),
        (r"(a)\1", "groupref"),
        (r"(a)?(?(1)b|c)", "groupref exists"),
        (r"(unbalanced", "unterminated"),
        (r"[", "unterminated"),
        ("", "1 to"),
        ("a" * (LONGEST_PATTERN + 1), "1 to"),
    ],
)
def test_a_pattern_that_could_hang_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(BadPattern, match=why):
        compiled(pattern)


WORST = [
    (r".{1,170}.{1,170}[a-y]*z", "a"),
    (r"[ab]{1,170}[ab]{1,170}(?:a|b)*z", "a"),
    (r".*a.*", "b"),
    (r"a?" * 12 + "a" * 12 + "z", "a"),
    (r"[0-9]*[0-9]{1,29}x", "1"),
]


@pytest.mark.parametrize(("pattern", "character"), WORST)
def test_what_is_kept_ends_on_its_worst_text(pattern: str, character: str) -> None:
    # The suite's own limit on a test's time is the judge: one that is not bounded would not end in years.
    made = compiled(pattern)
    for _ in range(3):
        assert made.fullmatch(character * LONGEST_TEXT + "!") is None or ".*" in pattern


def test_letters_of_both_cases_are_the_same() -> None:
    assert compiled("sukses [A-Z]+").fullmatch("SUKSES abc")
    # Which also holds for the bound: a and A can be taken for each other.
    with pytest.raises(BadPattern, match="too long"):
        compiled("[a-z]*[A-Z]*[a-z]*1")


def test_a_text_is_one_line_of_bounded_length() -> None:
    assert squeezed("  a \r\n\t b\u3000c ") == "a b c"
    assert len(squeezed("x" * 5000)) == LONGEST_TEXT


def test_a_pattern_must_match_the_whole_text() -> None:
    made: re.Pattern[str] = compiled("berhasil")
    assert made.fullmatch("tidak berhasil") is None
