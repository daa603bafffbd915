"""A farm's file: what it must and must not say."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from simulators.modem_farm import config, generate
from simulators.modem_farm.config import BadConfiguration, ChipPlan, Settings, SlotPlan


def changed(path: list[Any], value: object) -> dict[str, Any]:
    """A small farm's configuration with one value changed."""
    told = copy.deepcopy(generate.farm(3, "mkios", "fen"))
    told.setdefault("settings", {})
    place: Any = told
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return told


def test_a_generated_farm_is_a_farm() -> None:
    plan = config.plan_of(generate.farm(8))
    assert [one.name for one in plan.operators] == ["mkios", "server", "wallet", "fen"]
    assert len(plan.slots) == len(plan.chips) == 8
    assert plan.chips[0].dealer_pin == ""
    assert {chip.operator for chip in plan.chips[1:]} == {"mkios", "server", "wallet", "fen"}


def test_without_an_inbox_every_chip_is_a_dealers() -> None:
    plan = config.plan_of(generate.farm(2, "fen", inbox=False))
    assert all(chip.dealer_pin for chip in plan.chips)


@pytest.mark.parametrize("slots", [0, 65, -1])
def test_a_farm_has_at_most_64_slots(slots: int) -> None:
    with pytest.raises(ValueError, match="64"):
        generate.farm(slots)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["slots"], [], "1 to 64 slots"),
        (["slots", 1, "name"], "", "slots: twice"),
        (["slots", 0, "name"], "a/b", "name a/b"),
        (["slots", 0, "name"], ".hidden", "name .hidden"),
        (["slots", 0, "model"], "nokia", "model nokia"),
        (["slots", 0, "ports"], ["loud"], "ports"),
        (["slots", 0, "ports"], [], "ports"),
        (["slots", 0, "iccid"], "8962999999999999999", "chip 8962999999999999999"),
        (["slots", 0, "room"], "many", "SlotPlan: 'room'"),
        (["slots", 0, "room"], True, "SlotPlan: 'room'"),
        (["chips", 0, "iccid"], "12", "ICCID 12"),
        (["chips", 1, "operator"], "nobody", "operator nobody"),
        (["chips", 1, "stock"], [], "ChipPlan: 'stock'"),
        (["operators", 0, "style"], "baroque", "style baroque"),
        (["operators", 0, "confirm"], 1, "OperatorPlan: 'confirm'"),
        (["operators", 0, "denominations"], 5, "OperatorPlan: 'denominations'"),
        (["settings", "jitter"], "some", "Settings: 'jitter'"),
        (["settings", "colour"], "red", "Settings: 'colour'"),
    ],
)
def test_what_is_wrong_is_named(path: list[Any], value: object, words: str) -> None:
    with pytest.raises(BadConfiguration, match="^[^\n]*" + words.replace("'", ".")):
        config.plan_of(changed(path, value))


@pytest.mark.parametrize(("what", "name"), [("slots", "name"), ("chips", "iccid"), ("chips", "number"), ("operators", "name")])
def test_nothing_is_there_twice(what: str, name: str) -> None:
    told = generate.farm(3, "mkios", "fen")
    told[what][1][name] = told[what][0][name]
    with pytest.raises(BadConfiguration, match="twice"):
        config.plan_of(told)


@pytest.mark.parametrize("told", [[], "x", 5, {"name": "a", "iccid": 1}])
def test_parts_are_objects_of_their_kind(told: object) -> None:
    with pytest.raises(BadConfiguration):
        config.made(SlotPlan, told)


def test_a_part_needs_what_it_needs() -> None:
    with pytest.raises(BadConfiguration, match="ChipPlan"):
        config.made(ChipPlan, {"iccid": "8962000000000000001"})


def test_whole_numbers_may_stand_for_durations() -> None:
    assert config.made(Settings, {"late_seconds": 3}).late_seconds == 3


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_files_that_are_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "farm.json"
    file.write_text(text)
    with pytest.raises((BadConfiguration, AttributeError)):
        config.read(file)
    with pytest.raises(BadConfiguration, match="No such file"):
        config.read(tmp_path / "nothing.json")


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "farm.json"
    told = generate.farm(2) | {"subscribers": {"0812": "barred"}, "faults": [{"name": "hang"}], "settings": {"chaos": 0.5}}
    file.write_text(json.dumps(told), encoding="utf-8")
    plan = config.read(file)
    assert (plan.subscribers, plan.faults, plan.settings.chaos) == ({"0812": "barred"}, [{"name": "hang"}], 0.5)


def test_names_of_ttys() -> None:
    assert SlotPlan("a").tty_names() == ["a"]
    assert SlotPlan("a", ports=["full", "quiet"]).tty_names() == ["a-port0", "a-port1"]
    assert SlotPlan("a", ports=["full", "quiet"]).tty_names("b") == ["b-port0", "b-port1"]
