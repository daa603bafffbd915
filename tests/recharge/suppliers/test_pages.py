"""The pages of the link kinds: every code of the tables, every setting and every preset stands there."""

import re
from typing import Any

import pytest

from recharge.domain.outcomes import FailureReason, OutcomeState
from recharge.suppliers.amounts import Unit
from recharge.suppliers.contract import AttemptOrder
from recharge.suppliers.h2h import settings as h2h
from recharge.suppliers.h2h.codes import STATUSES
from recharge.suppliers.http import HttpLinkSettings
from recharge.suppliers.md5_form import settings as md5_form
from recharge.suppliers.md5_form.codes import Word
from recharge.suppliers.md5_form.dialects import PRESETS
from recharge.suppliers.md5_form.signing import RECIPES
from recharge.suppliers.pretups import codes as pretups_codes
from recharge.suppliers.pretups.settings import PretupsSettings
from recharge.suppliers.registry import KINDS
from recharge.suppliers.ucip import codes as ucip_codes
from recharge.suppliers.ucip.settings import UcipSettings
from tests.support.source import ROOT

PAGES = {"pretups": "link-pretups.md", "md5_form": "link-md5-form.md", "h2h": "link-h2h.md", "ucip": "link-ucip.md"}
SETTINGS: dict[str, type[HttpLinkSettings]] = {
    "pretups": PretupsSettings,
    "md5_form": md5_form.Md5FormSettings,
    "h2h": h2h.H2hSettings,
    "ucip": UcipSettings,
}


def page(kind: str) -> str:
    return (ROOT / "docs" / PAGES[kind]).read_text(encoding="utf-8")


def quoted(text: str) -> set[str]:
    """Everything between backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def test_every_kind_has_its_page() -> None:
    overview = (ROOT / "docs" / "suppliers.md").read_text(encoding="utf-8")
    assert set(PAGES) == set(SETTINGS) <= KINDS
    for kind in KINDS:
        assert f"`{kind}`" in overview, kind
    for name in PAGES.values():
        assert f"]({name})" in overview


@pytest.mark.parametrize("kind", sorted(PAGES))
def test_every_setting_of_a_kind_is_on_its_page(kind: str) -> None:
    own = set(SETTINGS[kind].model_fields) - set(HttpLinkSettings.model_fields)
    assert own - quoted(page(kind)) == set()


def test_the_settings_that_all_kinds_share_are_told_once() -> None:
    assert set(HttpLinkSettings.model_fields) - quoted((ROOT / "docs" / "suppliers.md").read_text(encoding="utf-8")) == set()


def test_every_pretups_code_stands_in_the_table() -> None:
    told = "\n".join(rows(page("pretups")))
    for code in pretups_codes.MEANINGS:
        assert re.search(rf"^\| {code}\b", told, re.MULTILINE), code


def test_every_ucip_code_stands_in_the_table_with_its_reason() -> None:
    told = rows(page("ucip"))
    listed = {int(code) for line in told for code in re.findall(r"\b[0-9]{1,3}\b", line.split("|")[1])}
    known = {code for code in range(1000) if ucip_codes.of_refill(code) is not OutcomeState.UNKNOWN}
    known |= {code for code in range(1000) if ucip_codes.of_reversal(code) is not OutcomeState.UNKNOWN}
    assert known <= listed
    assert {100, 999} <= listed
    words = {FailureReason.NUMBER_REFUSED: "number refused", FailureReason.NUMBER_STOPPED: "number stopped"}
    for code, reason in ucip_codes.REASONS.items():
        [line] = [line for line in told if re.search(rf"\b{code}\b", line.split("|")[1])]
        assert words.get(reason, "") in line


@pytest.mark.parametrize("code", [100, 999, 101, 105, 107, 125, 1000, -1])
def test_what_ucip_does_not_list_is_unknown(code: int) -> None:
    assert ucip_codes.of_refill(code) is OutcomeState.UNKNOWN


@pytest.mark.parametrize("code", ["", "0", "2", "20", "201", "207", "249", "251", "2000", "-200", "OK"])
def test_what_pretups_does_not_list_is_unknown(code: str) -> None:
    assert pretups_codes.meaning(code, {}) is OutcomeState.UNKNOWN


def test_words_presets_and_recipes_of_aggregators_are_on_the_page() -> None:
    told = page("md5_form")
    assert {word.value for word in Word if word is not Word.UNKNOWN} <= quoted(told)
    assert set(PRESETS) <= quoted(told)
    assert all(re.search(rf"^\| {name} \|", told, re.MULTILINE) for name in RECIPES)


def test_statuses_and_presets_of_other_servers_are_on_the_page() -> None:
    told = page("h2h")
    assert set(h2h.PRESETS) <= quoted(told)
    assert all(re.search(rf"^\| {status} \|", told, re.MULTILINE) for status in STATUSES)


def states(reading: dict[str, Any]) -> set[str]:
    return {*reading.get("codes", {}).values(), *reading.get("states", {}).values()}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_no_preset_takes_an_unlisted_code_for_anything(preset: str) -> None:
    for name in ("submit", "query", "notice"):
        told = PRESETS[preset][name]["reading"]
        assert "" not in told.get("codes", {})
        assert states(told) <= {word.value for word in Word}


def test_units_are_the_same_words_everywhere() -> None:
    assert {unit.value for unit in Unit} == {"whole", "minor", "decimal"}
    for kind in ("pretups", "md5_form"):
        assert {unit.value for unit in Unit} <= quoted(page(kind))


def test_an_order_is_told_to_links_without_a_name() -> None:
    # What a link is given of an order: nothing of the agent, nothing of the customer but his number.
    assert set(AttemptOrder.__slots__) == {
        "reference",
        "number",
        "face_minor",
        "kind",
        "carrier_code",
        "at",
        "original_reference",
        "supplier_reference",
    }
