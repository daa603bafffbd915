"""Lines as modems write them, in any pieces, with anything between."""

import random
import re

import pytest

from gsm.modem.lines import LONGEST_LINE, PROMPT, Sort, Splitter, is_final, sort


def test_lines_come_whole_however_they_arrive() -> None:
    octets = b'\r\n+CREG: 1\r\n\r\nOK\r\n\r\n+CUSD: 0,"a\r\nb",15\r\n\n\rRING\r'
    for size in range(1, 12):
        splitter = Splitter()
        lines = [line for at in range(0, len(octets), size) for line in splitter.feed(octets[at : at + size])]
        assert lines == ["+CREG: 1", "OK", '+CUSD: 0,"a\nb",15', "RING"]


def test_the_prompt_has_no_end_and_is_seen_only_when_awaited() -> None:
    assert Splitter().feed(b"\r\n> ", prompt_wanted=True) == [PROMPT]
    assert Splitter().feed(b"\r\n>", prompt_wanted=True) == [PROMPT]
    assert Splitter().feed(b"\r\n> ") == []


def test_a_quote_that_is_never_closed_ends_with_the_next_result() -> None:
    splitter = Splitter()
    assert splitter.feed(b'\r\n+CUSD: 0,"half a te') == []
    assert splitter.feed(b"xt\r\n\r\nOK\r\n") == ['+CUSD: 0,"half a text', "OK"]


def test_a_line_without_end_is_cut() -> None:
    found = Splitter().feed(b"x" * (LONGEST_LINE + 10))
    assert [len(line) for line in found] == [LONGEST_LINE + 10]


def test_noise_makes_lines_and_no_trouble() -> None:
    chance = random.Random()
    splitter = Splitter()
    for _ in range(300):
        for line in splitter.feed(chance.randbytes(chance.randrange(200)), prompt_wanted=chance.random() < 0.5):
            sort(line, re.compile("x"), chance.random() < 0.5, chance.random() < 0.5)


@pytest.mark.parametrize(
    "line", ["OK", "ERROR", "+CME ERROR: 30", "+CMS ERROR: 500", "+CME ERROR: SIM busy", "NO CARRIER", "COMMAND NOT SUPPORT"]
)
def test_final_results(line: str) -> None:
    assert is_final(line)


@pytest.mark.parametrize("line", ["OKAY", "+CMEERROR", "ok", "ERRORS", "+CUSD: 0"])
def test_what_only_looks_like_one(line: str) -> None:
    assert not is_final(line)


@pytest.mark.parametrize(
    ("line", "wanted", "in_flight", "takes_body", "kind"),
    [
        ("+CMT: ,24", r"\+CMT", True, True, Sort.EVENT_HEAD),
        ("+CREG: 1,1", r"\+CREG: \d+,\d+", True, False, Sort.WANTED),
        ("+CREG: 1", r"\+CREG: \d+,\d+", True, False, Sort.EVENT),
        ("+CPIN: READY", r"\+CPIN: ", True, False, Sort.WANTED),
        ("+CPIN: READY", None, False, False, Sort.EVENT),
        ('+CMTI: "SM",3', r"\+CMGL", True, True, Sort.EVENT),
        ("0791", r"\+CMGL", True, True, Sort.BODY),
        ("0791", r"\+CMGL", True, False, Sort.LATE),
        ("OK", None, True, False, Sort.FINAL),
        ("OK", None, False, False, Sort.LATE),
        ("+CSQ: 20,99", None, False, False, Sort.EVENT),
        ("nonsense", None, True, False, Sort.LATE),
    ],
)
def test_lines_are_sorted_in_order(line: str, wanted: str | None, in_flight: bool, takes_body: bool, kind: Sort) -> None:
    assert sort(line, re.compile(wanted) if wanted else None, in_flight, takes_body) is kind
