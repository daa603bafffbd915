"""The files of a first set-up are read whole, and every place that is wrong is named before anything is done."""

from pathlib import Path

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.parties import PartyKind
from recharge.engine.administration.seed_file import BadSeed, read_seed
from recharge.tryout.play import province_folder

GOOD = """
ranges = "ranges.csv"
[[party]]
code = "HQ"
name = "本部"
kind = "platform"
[[product]]
code = "S10"
name = "移动10元"
carrier = "CMCC"
fixed = "10.00"
"""


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "set-up.toml").write_text(text, encoding="utf-8")
    (tmp_path / "ranges.csv").write_text("prefix,carrier,province\n", encoding="utf-8")
    return tmp_path


def wrong(tmp_path: Path, text: str) -> str:
    with pytest.raises(BadSeed) as error:
        read_seed(folder(tmp_path, text))
    return str(error.value)


def test_tables_become_typed_rows(tmp_path: Path) -> None:
    seed = read_seed(folder(tmp_path, GOOD))
    assert seed.party[0].kind is PartyKind.PLATFORM
    assert (seed.product[0].fixed, seed.product[0].kind) == (10_00, OrderKind.RECHARGE)
    assert seed.ranges_text.startswith("prefix,")


def test_the_simulated_province_can_be_read() -> None:
    seed = read_seed(province_folder())
    assert {party.kind for party in seed.party} == set(PartyKind)
    assert sum(party.kind is PartyKind.POINT for party in seed.party) >= 6
    assert "13800138000"[:7] in seed.ranges_text
    assert all(item.amount > 0 for item in seed.deposit)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("10.00", "ten"), "product.0.fixed"),
        (("10.00", "0.00"), "product.0.fixed"),
        (("10.00", "10.005"), "product.0.fixed"),
        (('kind = "platform"', 'kind = "king"'), "party.0.kind"),
        (('name = "本部"', 'nmae = "本部"'), "party.0.nmae"),
        (("[[party]]", "[[partys]]"), "partys"),
        (('carrier = "CMCC"', 'carrier = "CMCC"\nkind = "deposit"'), "product.0.kind"),
        (("ranges.csv", "nowhere.csv"), "nowhere.csv"),
        (('"ranges.csv"', "ranges.csv"), "set-up.toml"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    assert named in wrong(tmp_path, GOOD.replace(*change))


def test_all_that_is_wrong_is_named(tmp_path: Path) -> None:
    told = wrong(tmp_path, GOOD.replace("10.00", "ten").replace('"platform"', '"king"'))
    assert "product.0.fixed" in told
    assert "party.0.kind" in told


def test_one_file_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(BadSeed, match="there are 0"):
        read_seed(tmp_path)
    folder(tmp_path, GOOD)
    (tmp_path / "more.toml").write_text("", encoding="utf-8")
    with pytest.raises(BadSeed, match="there are 2"):
        read_seed(tmp_path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "set-up.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSeed, match=r"set-up\.toml"):
        read_seed(tmp_path)
