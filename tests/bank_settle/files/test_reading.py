"""Files by their profile: whole and right, or refused with the fault and the line."""

import hashlib
import random
from datetime import date
from pathlib import Path

import pytest

from bank_settle.files.errors import BadFile, Fault
from bank_settle.files.profile import Profile, load_profile
from bank_settle.files.reading import Reading
from tests.support.source import ROOT

DATA = ROOT / "tests" / "data" / "bank"
DAY = date(2026, 11, 20)
HEAD = "H|AGENT|20261120|1|20261121000000|+08:00|空中充值日对账单"


def line(number: int, reference: str, amount: int = 5000, at: str = "20261120101500", state: str = "SUCCESS", kind: str = "R") -> str:
    return f"D|{number}|{kind}|{reference}||C{number}|SN{number}|13800138000|{amount}|{amount}|{amount}|{state}|{at}"


def platform(*details: str, head: str = HEAD, count: int | None = None, total: int | None = None, digest: str = "") -> bytes:
    body = "".join(f"{text}\n" for text in (head, *details)).encode("gb18030")
    sums = [sum(int(text.split("|")[place]) for text in details) for place in (8, 9, 10)]
    sums[0] = sums[0] if total is None else total
    told = "|".join(map(str, [len(details) if count is None else count, *sums]))
    return body + f"T|{told}|{digest or hashlib.sha256(body).hexdigest()}\n".encode()


def read(
    tmp_path: Path, content: bytes, profile: str = "carrier_platform", owner: str = "AGENT", day: date = DAY
) -> list[tuple[object, ...]]:
    path = tmp_path / "file"
    path.write_bytes(content)
    return list(Reading(load_profile(profile), path, day, owner).rows())


def fault(tmp_path: Path, content: bytes, profile: str = "carrier_platform", owner: str = "AGENT") -> tuple[Fault, int]:
    with pytest.raises(BadFile) as caught:
        read(tmp_path, content, profile, owner)
    return caught.value.fault, caught.value.line


def test_the_carrier_platforms_file(tmp_path: Path) -> None:
    rows = read(tmp_path, platform(line(1, "77"), line(2, "78", -3000, kind="V")))
    assert rows[0] == ("77", "recharge", "", "C1", "SN1", "13800138000", 5000, 5000, 5000, "success", "20261120101500")
    assert rows[1][:2] == ("78", "reversal")
    assert read(tmp_path, platform()) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (Fault.EMPTY, 0)),
        (platform(line(1, "7"), head=HEAD.replace("20261120|", "20261119|")), (Fault.WRONG_DAY, 1)),
        (platform(line(1, "7"), head=HEAD.replace("AGENT", "OTHER")), (Fault.WRONG_OWNER, 1)),
        (platform(line(1, "7"), head=HEAD.replace("+08:00", "+07:00")), (Fault.HEADER, 1)),
        (platform(line(1, "7"), head="H|AGENT"), (Fault.HEADER, 1)),
        (platform(line(1, "7"), count=2), (Fault.COUNT, 3)),
        (platform(line(1, "7"), total=1), (Fault.TOTAL, 3)),
        (platform(line(1, "7"), digest="0" * 64), (Fault.CHECKSUM, 3)),
        (platform(line(1, "7"), line(2, "8").replace("|8|", "|8|x|")), (Fault.LINE, 3)),
        (platform(line(1, "7"), line(2, "8", kind="Z")), (Fault.CODE, 3)),
        (platform(line(1, "7", at="20261119235959")), (Fault.DATE, 2)),
        (platform(line(1, "7", at="20261120246000")), (Fault.DATE, 2)),
        (platform(line(1, "7"))[:-1], (Fault.LINE, 3)),
        (platform(line(1, "7")).replace(b"\n", b"\r\n"), (Fault.LINE, 3)),
        (HEAD.encode("gb18030") + b"\n", (Fault.TRAILER, 0)),
        (platform(line(1, "7")).replace(b"|SN1|", b"|\xff\xff|"), (Fault.ENCODING, 2)),
    ],
)
def test_a_fault_anywhere_refuses_the_whole_file(tmp_path: Path, content: bytes, expected: tuple[Fault, int]) -> None:
    assert fault(tmp_path, content) == expected


def test_an_amount_that_is_none(tmp_path: Path) -> None:
    broken = platform(line(1, "7")).replace(b"|5000|5000|5000|SUCCESS", b"|50.00|5000|5000|SUCCESS")
    assert fault(tmp_path, broken) == (Fault.AMOUNT, 2)


def test_no_altered_byte_goes_unnoticed(tmp_path: Path) -> None:
    whole = platform(*(line(number, str(number)) for number in range(1, 4)))
    chance = random.Random(7)
    for _ in range(60):
        place, value = chance.randrange(len(whole)), chance.randrange(256)
        if whole[place] != value:
            with pytest.raises(BadFile):
                read(tmp_path, whole[:place] + bytes([value]) + whole[place + 1 :])


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = platform(*(line(number, str(number)) for number in range(1, 4)))
    for end in range(0, len(whole), 17):
        with pytest.raises(BadFile):
            read(tmp_path, whole[:end])


def test_yintongs_day_and_quiet_day(tmp_path: Path) -> None:
    content = (DATA / "YTCARD.20261120.gbk").read_bytes()
    rows = read(tmp_path, content, "yintong", "10400001")
    assert len(rows) == 12
    assert rows[0][:2] + rows[0][6:] == ("000000000001", "recharge", 10000, 10000, 10000, "success", "20261120081537")
    quiet = (DATA / "YTCARD.20261121.gbk").read_bytes()
    assert read(tmp_path, quiet, "yintong", "10400001", date(2026, 11, 21)) == []
    assert fault(tmp_path, content.replace(b"|12\r\n", b"|13\r\n", 1), "yintong", owner="10400001")[0] is Fault.COUNT


def bocom(*rows: tuple[str, str, str, str, str], total: str = "300.50") -> bytes:
    text = f"{len(rows)}|{total}\n"
    for bank, ours, day, amount, name in rows:
        padded = name + " " * (30 - len(name.encode("gbk")))
        text += (
            f"{bank:<20}{ours:<20}{day:<8}{'20261120101010':<14}{'VA1001':<21}{'6217':<19}{amount:>12}{padded}{'000001':<6}{'T0001':<5}\n"
        )
    return text.encode("gbk")


def test_fixed_width_with_chinese_names(tmp_path: Path) -> None:
    rows = read(tmp_path, bocom(("B1", "R1", "20261120", "100.50", "南昌网点张三"), ("B2", "R2", "20261119", "200.00", "李四")), "bocom")
    assert rows[0] == (DAY, 10050, None, "000001", "6217", "南昌网点张三", "VA1001", "R1", "B1")
    assert rows[1][0] == date(2026, 11, 19)
    assert fault(tmp_path, bocom(("B1", "R1", "20261120", "100.50", "x")), "bocom") == (Fault.TOTAL, 1)
    assert fault(tmp_path, bocom(("B1", "R1", "20261121", "300.50", "x")), "bocom") == (Fault.DATE, 2)
    assert fault(tmp_path, bocom(("B1", "R1", "20261120", "300.50", "x")).replace(b"T0001", b"T001"), "bocom")[0] is Fault.LINE


CSV = "日期,收入,支出,余额,对方户名,对方账号,虚拟账号,我方参考号,流水号,摘要\n"


def test_a_banks_csv_with_quotes(tmp_path: Path) -> None:
    body = '2026-11-20,"1,000.00",,"5,000.00","张三, 南昌",6217,8801,,F1,存款\n2026-11-20,,0.50,"4,999.50",,,,,F2,手续费\n'
    rows = read(tmp_path, (CSV + body).encode("utf-8-sig"), "bank_csv")
    assert rows[0] == (DAY, 100000, 500000, "存款", "6217", "张三, 南昌", "8801", "", "F1")
    assert rows[1][1] == -50
    assert read(tmp_path, CSV.encode(), "bank_csv") == []


def test_mandiris_sign_column(tmp_path: Path) -> None:
    text = 'Date,Description,Ref,Amount,Type,Balance\n20/11/2026,TRF,R1,"100,137.00",CR,"520,000.00"\n'
    text += '20/11/2026,FEE,R2,500.00,DB,"519,500.00"\n'
    assert [row[1] for row in read(tmp_path, text.encode(), "mandiri")] == [10013700, -50000]


def test_a_file_is_read_only_as_far_as_it_may_grow(tmp_path: Path) -> None:
    profile = load_profile("yintong").model_copy(update={"largest_mb": 1})
    path = tmp_path / "large"
    path.write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(BadFile):
        list(Reading(profile, path, DAY).rows())
    with pytest.raises(BadFile):
        list(Reading(profile, tmp_path / "nowhere", DAY).rows())


def test_blocks_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = platform(*(line(number, str(number)) for number in range(1, 200)))
    one = read(tmp_path, whole)
    monkeypatch.setattr("bank_settle.files.reading._BLOCK", 100)
    assert read(tmp_path, whole) == one


def test_totals_are_there_when_all_was_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(platform(line(1, "7"), line(2, "8", 3000)))
    reading = Reading(load_profile("carrier_platform"), path, DAY, "AGENT")
    assert len(list(reading.rows())) == 2
    assert (reading.totals.count, reading.totals.sums["amount_minor"]) == (2, 8000)


@pytest.mark.parametrize("language", ["zh_CN", "en", "id"])
def test_every_fault_is_told_in_every_language(language: str) -> None:
    said = {BadFile(item, 3, "state").told(language) for item in Fault}
    assert len(said) == len(Fault)
    assert all("3" in text and "state" in text for text in said)


def test_skipped_and_fixed_columns_of_a_profile_of_ones_own(tmp_path: Path) -> None:
    columns = [{"field": "reference"}, {"field": "at", "kind": "moment", "format": "%d.%m.%Y %H:%M"}, {"field": "number", "kind": "digits"}]
    profile = Profile.model_validate(
        {"name": "own", "target": "carrier", "encoding": "utf-8", "delimiter": ";", "columns": columns, "defaults": {"kind": "recharge"}}
    )
    path = tmp_path / "own"
    path.write_text("7;20.11.2026 10:15;13800138000\n", encoding="utf-8")
    assert next(iter(Reading(profile, path, DAY).rows()))[:2] == ("7", "recharge")
    path.write_text("7;20.11.2026 10:15;1380013800x\n", encoding="utf-8")
    with pytest.raises(BadFile):
        list(Reading(profile, path, DAY).rows())
