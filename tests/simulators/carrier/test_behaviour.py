"""Behaviours: named once, chosen by digits once, explained in the README and in three languages."""

import re

import pytest

from simulators.carrier.behaviour import BEHAVIOURS, BY_SUFFIX, WHOLE_PLATFORM, Behaviour
from simulators.carrier.texts import behaviour_text
from simulators.pages import LANGUAGES
from tests.simulators.carrier.partner import SAMPLE
from tests.simulators.carrier.specification import ROOT, code_table

README = (ROOT / "simulators" / "carrier" / "README.md").read_text(encoding="utf-8")


def test_digits_choose_one_behaviour_each() -> None:
    told = [one.suffix for one in BEHAVIOURS.values() if one.suffix]
    assert len(told) == len(set(told)) == len(BY_SUFFIX)
    assert all(re.fullmatch(r"90\d\d", suffix) for suffix in told)


def test_the_sample_number_meets_the_default() -> None:
    assert SAMPLE[-4:] not in BY_SUFFIX


def test_the_readme_lists_every_behaviour() -> None:
    rows = re.findall(r"^\| (\d{4}|–) \| `(\w+)` \| (.+) \|$", README, re.MULTILINE)
    assert rows == [(one.suffix or "–", one.name, behaviour_text(one.name, "en")) for one in BEHAVIOURS.values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_behaviour_is_explained(language: str) -> None:
    told = [behaviour_text(name, language) for name in BEHAVIOURS]
    assert all(told)
    assert len(set(told)) >= len(told) - 1


@pytest.mark.parametrize("one", BEHAVIOURS.values(), ids=lambda one: one.name)
def test_the_codes_of_a_behaviour_are_written_down(one: Behaviour) -> None:
    assert {one.verdict} <= code_table().keys()
    assert not one.refuse or code_table()[one.refuse][1] == "NOT SENT"
    assert not one.told or one.name == "unlisted_code_done" or one.told in code_table()


@pytest.mark.parametrize("one", BEHAVIOURS.values(), ids=lambda one: one.name)
def test_a_behaviour_does_not_contradict_itself(one: Behaviour) -> None:
    assert not (one.nothing and (one.accepted or one.queued or one.calls.copies))
    assert not (one.refuse and one.reply != "signed")
    assert not (one.stuck and not one.accepted)
    assert not (one.hidden and one.reply == "signed"), "who has been answered knows that the order is there"


def test_what_concerns_the_whole_platform_records_nothing() -> None:
    assert all(BEHAVIOURS[name].refuse or BEHAVIOURS[name].nothing for name in WHOLE_PLATFORM)
