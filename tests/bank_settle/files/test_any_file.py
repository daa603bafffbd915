"""Profiles and files of any kind: what was written is read, totals are compared, a profile that contradicts itself is refused."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank_settle.files.amounts import from_major, from_minor, to_major
from bank_settle.files.errors import BadFile, Fault
from bank_settle.files.profile import BANK_FIELDS, CARRIER_FIELDS, BadProfile, Profile, load_profile, profile_names
from bank_settle.files.reading import Reading

DAY = date(2026, 11, 20)
PLAIN: dict[str, Any] = {
    "name": "plain",
    "target": "carrier",
    "encoding": "utf-8",
    "delimiter": "|",
    "columns": [
        {"field": "reference", "kind": "digits"},
        {"field": "number"},
        {"field": "amount_minor", "kind": "fen"},
        {"field": "at", "kind": "moment", "format": "%Y%m%d%H%M%S"},
    ],
    "defaults": {"kind": "recharge", "state": "success"},
    "same_as": {"charged_minor": "amount_minor"},
}
LINE = "7|13800138000|5000|20261120101500"


def profile(**changes: Any) -> Profile:
    return Profile.model_validate(PLAIN | changes)


def read(path: Path, content: str | bytes, made: Profile, owner: str = "US", day: date = DAY) -> list[dict[str, Any]]:
    """The rows by their fields' names."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode(made.encoding))
    names = CARRIER_FIELDS if made.target == "carrier" else BANK_FIELDS
    return [dict(zip(names, row, strict=True)) for row in Reading(made, path, day, owner).rows()]


def fault(path: Path, content: str | bytes, made: Profile) -> tuple[Fault, int]:
    with pytest.raises(BadFile) as caught:
        read(path, content, made)
    return caught.value.fault, caught.value.line


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_a_row_has_its_columns_its_defaults_and_its_copies(path: Path) -> None:
    (row,) = read(path, LINE + "\n", profile())
    assert row == {
        "reference": "7",
        "kind": "recharge",
        "original_reference": "",
        "carrier_reference": "",
        "serial_number": "",
        "number": "13800138000",
        "amount_minor": 5000,
        "charged_minor": 5000,
        "delivered_minor": 0,
        "state": "success",
        "at": "20261120101500",
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"delimiter": None}, "delimiter"),
        ({"columns": [{"field": "number", "width": 5}]}, "delimiter"),
        ({"delimiter": None, "columns": [{"field": "number", "width": 5}, {"field": "reference"}]}, "delimiter"),
        ({"columns": [{"field": "state", "kind": "code"}]}, "codes"),
        ({"columns": [{"field": "nobody"}]}, "nobody"),
        ({"columns": []}, "columns"),
        ({"columns": [{"field": "balance_minor", "kind": "fen"}]}, "balance_minor"),
        ({"defaults": {"colour": "red"}}, "colour"),
        ({"same_as": {"colour": "amount_minor"}}, "colour"),
        ({"encoding": "utf-7"}, "encoding"),
        ({"delimiter": "||"}, "delimiter"),
        ({"trailer": {"fields": []}}, "trailer"),
        ({"trailer": {"fields": ["md5"]}}, "trailer"),
        ({"skip_lines": -1}, "skip_lines"),
        ({"largest_mb": 0}, "largest_mb"),
        ({"password": "x"}, "password"),
    ],
)
def test_a_profile_that_contradicts_itself(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        profile(**changes)


def test_a_profile_that_is_not_there_or_no_table(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("target =", encoding="utf-8")
    (tmp_path / "short.toml").write_text("target = 'bank'\n", encoding="utf-8")
    (tmp_path / "named.toml").write_text("name = 'x'\ntarget = 'bank'\n", encoding="utf-8")
    for name in ("none", "broken", "short", "named"):
        with pytest.raises(BadProfile, match=name):
            load_profile(name, tmp_path)
    assert profile_names(tmp_path) == ["broken", "named", "short"]


def test_every_profile_that_comes_along_is_whole() -> None:
    assert profile_names() == ["bank_csv", "bocom", "carrier_platform", "mandiri", "yintong"]
    for name in profile_names():
        assert load_profile(name).name == name


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (LINE.replace("7|", "x7|"), Fault.LINE),
        (LINE.replace("7|", "７|"), Fault.LINE),
        (LINE.replace("|5000|", "|50.00|"), Fault.AMOUNT),
        (LINE.replace("|5000|", "|5,000|"), Fault.AMOUNT),
        (LINE.replace("|5000|", "|５０００|"), Fault.AMOUNT),
        (LINE.replace("|5000|", "|9999999999999999|"), Fault.AMOUNT),
        (LINE.replace("20261120101500", "20261120241500"), Fault.DATE),
        (LINE.replace("20261120101500", "20261100101500"), Fault.DATE),
        (LINE.replace("20261120101500", "2026112010150"), Fault.DATE),
        (LINE.replace("20261120101500", "20261121000000"), Fault.DATE),
        (LINE + "|", Fault.LINE),
        ("", Fault.LINE),
    ],
)
def test_a_broken_line_is_named_by_its_number(path: Path, line: str, expected: Fault) -> None:
    assert fault(path, f"{LINE}\n{line}\n{LINE}\n", profile()) == (expected, 2)


def test_a_refused_file_is_closed_while_its_refusal_is_still_held(path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        read(path, f"{LINE}\nx{LINE}\n{LINE}\n", profile())
    assert caught.value.__traceback__ is not None
    # A descriptor that ends while we look links to nothing: resolve gives it back as it is.
    assert path not in {descriptor.resolve() for descriptor in Path("/proc/self/fd").iterdir()}


@pytest.mark.parametrize("content", [LINE, f"{LINE}\r\n", f"{LINE}\n{LINE}", f"{LINE}\r{LINE}\n"])
def test_line_ends_that_are_not_the_profiles(path: Path, content: str) -> None:
    assert fault(path, content, profile())[0] is Fault.LINE


def test_octets_that_are_not_in_the_encoding_are_named_by_their_line(path: Path) -> None:
    assert fault(path, f"{LINE}\n{LINE}\n".encode() + b"\xff\n", profile()) == (Fault.ENCODING, 3)
    assert fault(path, "网".encode("gbk") + b"\n", profile()) == (Fault.ENCODING, 1)


def test_a_file_that_is_empty_too_large_or_not_there(path: Path) -> None:
    assert fault(path, b"", profile()) == (Fault.EMPTY, 0)
    assert read(path, b"", profile(empty_file="quiet_day")) == []
    with path.open("wb") as file:
        file.truncate(1024 * 1024 + 1)
    with pytest.raises(BadFile) as caught:
        list(Reading(profile(largest_mb=1), path, DAY).rows())
    assert (caught.value.fault, caught.value.detail) == (Fault.UNREADABLE, "> 1 MB")
    path.unlink()
    with pytest.raises(BadFile) as caught:
        list(Reading(profile(), path, DAY).rows())
    assert caught.value.fault is Fault.UNREADABLE


FRAMED = {"header": {"fields": ["=H", "owner", "day"]}, "trailer": {"fields": ["=T", "count", "sum:amount_minor", "sha256"]}}


def framed(*lines: str, head: str = "H|US|20261120", count: int | None = None, total: int | None = None, digest: str = "") -> str:
    body = "".join(f"{line}\n" for line in (head, *lines))
    amounts = sum(int(line.split("|")[2]) for line in lines) if total is None else total
    return f"{body}T|{len(lines) if count is None else count}|{amounts}|{digest or hashlib.sha256(body.encode()).hexdigest()}\n"


def test_a_file_with_its_frame(path: Path) -> None:
    made = profile(**FRAMED)
    assert len(read(path, framed(LINE, LINE), made)) == 2
    assert read(path, framed(), made) == []
    # Counts and totals may be filled up with zeros, as many systems write them.
    assert len(read(path, framed(LINE).replace("T|1|5000|", "T|0001|000005000|"), made)) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (framed(LINE, head="H|THEM|20261120"), (Fault.WRONG_OWNER, 1)),
        (framed(LINE, head="H|US|20261121"), (Fault.WRONG_DAY, 1)),
        (framed(LINE, head="X|US|20261120"), (Fault.HEADER, 1)),
        (framed(LINE, head="H|US"), (Fault.HEADER, 1)),
        (framed(LINE, count=2), (Fault.COUNT, 3)),
        (framed(LINE, count=0), (Fault.COUNT, 3)),
        (framed(LINE, total=5001), (Fault.TOTAL, 3)),
        (framed(LINE, total=-5000), (Fault.TOTAL, 3)),
        (framed(LINE, digest="f" * 64), (Fault.CHECKSUM, 3)),
        (framed(LINE).replace("|5000|2026", "|4999|2026"), (Fault.TOTAL, 3)),
        (framed(LINE).replace("13800138000", "13800138001"), (Fault.CHECKSUM, 3)),
        (framed(LINE).replace("T|", "X|"), (Fault.TRAILER, 3)),
        ("H|US|20261120\n", (Fault.TRAILER, 0)),
        ("\n", (Fault.HEADER, 1)),
    ],
)
def test_a_frame_that_does_not_hold(path: Path, content: str, expected: tuple[Fault, int]) -> None:
    assert fault(path, content, profile(**FRAMED)) == expected


@pytest.mark.parametrize(
    ("rule", "stands", "good"),
    [
        ("same_day", "20261120", True),
        ("same_day", "20261119", False),
        ("same_day", "20261121", False),
        ("day_or_before", "20261119", True),
        ("day_or_before", "20261121", False),
        ("any", "20261231", True),
    ],
)
def test_which_days_lines_may_have(path: Path, rule: str, stands: str, good: bool) -> None:
    content = LINE.replace("20261120", stands) + "\n"
    if good:
        assert len(read(path, content, profile(date_rule=rule))) == 1
    else:
        assert fault(path, content, profile(date_rule=rule)) == (Fault.DATE, 1)


BANK: dict[str, Any] = {
    "target": "bank",
    "delimiter": ",",
    "quoted": True,
    "defaults": {},
    "same_as": {},
    "date_rule": "any",
    "columns": [
        {"field": "date", "kind": "date", "format": "%Y-%m-%d"},
        {"field": "amount_minor", "kind": "yuan"},
        {"field": "sign", "kind": "code", "codes": {"C": "in", "D": "out"}},
        {"field": "text"},
    ],
}


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ("2026-11-20,10.00,C,a", 1000),
        ("2026-11-20,10.00,D,a", -1000),
        ("2026-11-20,-10.00,D,a", -1000),
        ('2026-11-20,"1,010.00",C,a', 101000),
        ("2026-11-20,,C,a", 0),
        ("2026-11-20,10,C,a", 1000),
        ("2026-11-20,0.5,D,a", -50),
    ],
)
def test_one_signed_amount_however_the_bank_tells_the_direction(path: Path, line: str, amount: int) -> None:
    assert [row["amount_minor"] for row in read(path, line + "\n", profile(**BANK))] == [amount]


def test_quotes_commas_and_doubled_quotes(path: Path) -> None:
    (row,) = read(path, '2026-11-20,1.00,C,"张三, ""南昌"" =1+1"\n', profile(**BANK))
    assert row["text"] == '张三, "南昌" =1+1'
    for broken in ('2026-11-20,1.00,C,"a\n', '2026-11-20,1.00,C,"a"b\n'):
        assert fault(path, broken, profile(**BANK)) == (Fault.LINE, 1)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 10**18), st.integers(-(10**12), 10**12)), min_size=1, max_size=20))
def test_what_was_written_is_what_is_read_and_adds_up(tmp_path_factory: pytest.TempPathFactory, told: list[tuple[int, int]]) -> None:
    path = tmp_path_factory.getbasetemp() / "any-file"
    lines = [f"{reference}|13800138000|{amount}|20261120000000" for reference, amount in told]
    path.write_text(framed(*lines), encoding="utf-8")
    reading = Reading(profile(**FRAMED), path, DAY, "US")
    assert [(int(row[0]), row[6]) for row in reading.rows()] == told
    assert (reading.totals.count, reading.totals.sums["amount_minor"]) == (len(told), sum(amount for _, amount in told))
    assert reading.totals.sums["charged_minor"] == reading.totals.sums["amount_minor"]


@settings(max_examples=30)
@given(st.integers(-(10**14), 10**14), st.sampled_from([0, 2]))
def test_an_amount_comes_back_as_it_was(amount: int, digits: int) -> None:
    told = to_major(amount, digits)
    if len(told.lstrip("-").partition(".")[0]) <= 13:
        assert from_major(told, digits) == amount
    assert from_minor(str(amount)) == amount


@pytest.mark.parametrize(
    "text", ["", "1.", ".1", "1.234", "1,23", "1,2345", "--1", "1e3", "１", "0x1", " 1", "1 ", "NaN", "1.2.3", "1,234,5"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        from_major(text)


@pytest.mark.parametrize("text", ["", "1.0", "1,000", "-", "+", "1 000", "１", "1" * 16])
def test_what_is_no_amount_in_minor_units(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        from_minor(text)


def test_an_amount_finer_than_the_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="finer"):
        from_major("10.50", 0)
    assert from_major("10.00", 0) == 10
