"""Profiles are whole or refused when they are loaded, with a reason."""

from pathlib import Path

import pytest

from bank_settle.files.profile import BadProfile, load_profile, profile_names

GOOD = 'target = "carrier"\ndelimiter = "|"\ncolumns = [{ field = "reference" }]\n'


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_of_ours_loads(name: str) -> None:
    assert load_profile(name).name == name


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (('delimiter = "|"\n', ""), "delimiter"),
        (("reference", "nothing"), "unknown fields"),
        (('field = "reference"', 'kind = "code"'), "codes"),
        (('"|"', '"||"'), "delimiter"),
        (("carrier", "moon"), "target"),
        (("columns", "collumns"), "collumns"),
        (("target", "header = { fields = ['sum:face'] }\ntarget"), "header"),
        (("target = ", "target = ="), "profile"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    (tmp_path / "mine.toml").write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(BadProfile, match=why):
        load_profile("mine", tmp_path)


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadProfile):
        load_profile("nobody", tmp_path)
