"""Profiles: what each promises, and that the document says the same."""

import pytest

from pos.crypto.mac import ALGORITHMS, KEY_OCTETS, MacAlgorithm
from pos.profiles import PROFILES, TimeoutPolicy
from tests.support.source import ROOT

TABLE = (ROOT / "docs" / "pos.md").read_text(encoding="utf-8").partition("## Profiles")[2].partition("## F39")[0]
CODES = (ROOT / "docs" / "pos.md").read_text(encoding="utf-8").partition("## F39")[2].partition("## Trying it")[0]


def rows() -> dict[str, list[str]]:
    """The document's table, by profile."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells[1:] for cells in lines}


def test_the_document_has_them_all() -> None:
    assert set(rows()) == set(PROFILES)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_the_document_says_what_each_does(name: str) -> None:
    profile, (mac, key, answers, lost) = PROFILES[name], rows()[name]
    words = {MacAlgorithm.X9_19: "X9.19", MacAlgorithm.X9_9: "X9.9", MacAlgorithm.UNIONPAY: "UnionPay ECB"}
    assert mac.startswith(words[profile.mac])
    assert key == str(KEY_OCTETS[profile.mac])
    assert answers.startswith("every answer") is profile.every_answer
    assert lost == f"`{profile.policy.value}`"


def test_only_ours_confirms_by_itself() -> None:
    assert [name for name, profile in PROFILES.items() if profile.policy is TimeoutPolicy.CONFIRM] == ["own"]
    assert set(ALGORITHMS) == set(KEY_OCTETS) == set(MacAlgorithm)


def test_the_document_explains_every_code() -> None:
    from pos.codes import Code

    told = {cell.strip() for line in CODES.splitlines() if line.startswith("|") for cell in line.strip("|").split("|")}
    named = {code.strip() for cell in told for code in cell.split(",")}
    assert {code.value for code in Code} <= named
