"""The drawer: cards by name, clones beside them, and no way out of the folder."""

from pathlib import Path

import pytest

from simulators.phone.drawer import Drawer, NoSuchCard, is_clone
from tests.simulators.phone.conftest import FIRST, SECOND


def test_cards_are_found_by_name_and_number(drawer: Drawer) -> None:
    assert drawer.names() == [FIRST, SECOND]
    assert drawer.numbers() == {FIRST: "13800138001", SECOND: "13800138002"}
    assert drawer.card(SECOND).iccid == SECOND


def test_a_clone_has_the_counter_of_its_original_and_counts_by_itself(drawer: Drawer) -> None:
    drawer.card(FIRST).balance()
    name = drawer.clone(FIRST)
    assert is_clone(name)
    assert not is_clone(FIRST)
    drawer.card(name).balance()
    assert (drawer.card(FIRST).counter, drawer.card(name).counter) == (1, 2)
    assert drawer.names() == [FIRST, name, SECOND]


def test_a_clones_clone_is_a_clone_of_the_original(drawer: Drawer) -> None:
    first = drawer.clone(FIRST)
    second = drawer.clone(first)
    assert (first, second) == (f"{FIRST}-clone1", f"{FIRST}-clone2")
    assert drawer.card(second).iccid == FIRST


@pytest.mark.parametrize("name", ["", "89860011260000000099", "../card", "a/b", "x" * 61, "卡", ".", "a\0b"])
def test_what_is_no_card_is_none(drawer: Drawer, name: str) -> None:
    with pytest.raises(NoSuchCard):
        drawer.card(name)
    with pytest.raises(NoSuchCard):
        drawer.clone(name)


def test_other_files_are_no_cards(drawer: Drawer, tmp_path: Path) -> None:
    (tmp_path / "cards" / "half.made").write_text("{")
    (tmp_path / "cards" / "a b.json").write_text("{")
    assert drawer.names() == [FIRST, SECOND]


def test_an_empty_drawer_has_none(tmp_path: Path) -> None:
    assert Drawer(tmp_path).numbers() == {}
