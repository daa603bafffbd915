"""Files that were damaged on their way: whatever octets come, a reader gives a statement or refuses the file, and nothing else happens."""

import os
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bank_settle.banks.answers import read_batch_return, read_pain002
from bank_settle.files.errors import BadFile
from bank_settle.files.profile import load_profile
from bank_settle.files.reading import Reading
from bank_settle.statements.model import BankStatement, Wanted
from bank_settle.statements.reading import read_statement
from tests.bank_settle.banks.test_pain001 import RETURN, pain002, single
from tests.bank_settle.files.test_reading import CSV, bocom, line, platform
from tests.bank_settle.statements.camt_files import camt, entry
from tests.bank_settle.statements.test_bank_forms import CMB_DAY, ICBC
from tests.bank_settle.statements.test_standards import MT940, WANTED
from tests.support.source import ROOT

DATA = ROOT / "tests" / "data" / "bank"
MESSAGE = "camt.053.001.08"
TIMES = 60 * int(os.environ.get("KONGCHONG_SEEDS", "1"))
BCA = Wanted("1234567890", "IDR", date(2027, 1, 1))
SAMPLES: list[tuple[str, bytes, Wanted]] = [
    ("camt", camt(MESSAGE, [entry(MESSAGE, "9.00", name="南昌", payer="6217", text="KC1"), entry(MESSAGE, "-1.00")]).encode(), WANTED),
    ("mt940", MT940.encode("gb18030"), WANTED),
    ("cmb", (DATA / "cmb_GetTransInfo_response.gbk").read_bytes(), CMB_DAY),
    ("icbc", ICBC.encode("gbk"), WANTED),
    ("bca", (DATA / "bca_mutasi_fake_xls.html").read_bytes(), BCA),
    ("bank_csv", (CSV + '2026-11-20,"1,000.00",,"5,000.00","张三, 南昌",6217,8801,,F1,存款\n').encode(), WANTED),
    ("bocom", bocom(("B1", "R1", "20261120", "300.50", "南昌网点张三")), WANTED),
]
ANSWERS: list[tuple[Callable[[Path], object], bytes]] = [
    (read_pain002, pain002("PART", single("P1", "ACSC") + single("P2", "RJCT", "AC01")).encode()),
    (read_batch_return, RETURN.encode("gbk")),
]


def damaged(chance: random.Random, whole: bytes) -> bytes:
    """The octets with something wrong: changed, lost, doubled, cut, or put elsewhere."""
    content = bytearray(whole)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        if not content:
            break
        place, length = chance.randrange(len(content)), chance.choice((1, 1, 2, 8, 40))
        part = content[place : place + length]
        way = chance.randrange(6)
        if way == 0:
            content[place] = chance.randrange(256)
        elif way == 1:
            del content[place : place + length]
        elif way == 2:
            content[place:place] = part
        elif way == 3:
            del content[place:]
        elif way == 4:
            content[place : place + length] = bytes(chance.choice(b"0123456789.,|<>&;:-+\r\n\x00 ") for _ in part)
        else:
            to = chance.randrange(len(content))
            content[to:to] = part
    return bytes(content)


def read(path: Path, form: str, wanted: Wanted) -> BankStatement | None:
    try:
        return read_statement(path, form, wanted)
    except BadFile:
        return None


@pytest.mark.parametrize(("form", "whole", "wanted"), SAMPLES, ids=[form for form, _, _ in SAMPLES])
def test_a_statement_or_a_refusal(tmp_path: Path, form: str, whole: bytes, wanted: Wanted) -> None:
    path, chance = tmp_path / "statement", random.Random(f"damage {form}")
    path.write_bytes(whole)
    assert read(path, form, wanted) is not None
    for _ in range(TIMES):
        path.write_bytes(damaged(chance, whole))
        found = read(path, form, wanted)
        if found is not None and found.opening_minor is not None and found.closing_minor is not None:
            assert found.opening_minor + found.moved_minor == found.closing_minor


@pytest.mark.parametrize(("reader", "whole"), ANSWERS, ids=["pain002", "batch"])
def test_an_answer_or_a_refusal(tmp_path: Path, reader: Callable[[Path], object], whole: bytes) -> None:
    path, chance = tmp_path / "answer", random.Random(7)
    path.write_bytes(whole)
    reader(path)
    for _ in range(TIMES):
        path.write_bytes(damaged(chance, whole))
        try:
            reader(path)
        except BadFile:
            continue


@pytest.mark.parametrize("profile", ["carrier_platform", "yintong"])
def test_a_carriers_file_is_read_whole_or_refused(tmp_path: Path, profile: str) -> None:
    day = date(2026, 11, 20)
    plain = (DATA / "YTCARD.20261120.gbk").read_bytes()
    whole, owner = (platform(*(line(place, str(place)) for place in range(1, 6))), "AGENT") if profile != "yintong" else (plain, "10400001")
    path, chance = tmp_path / "file", random.Random(profile)
    path.write_bytes(whole)
    expected = list(Reading(load_profile(profile), path, day, owner).rows())
    unnoticed = 0
    for _ in range(TIMES):
        path.write_bytes(damaged(chance, whole))
        try:
            unnoticed += list(Reading(load_profile(profile), path, day, owner).rows()) != expected
        except BadFile:
            continue
    # A file with a checksum never tells other lines than were written; one without can only be checked in what it says.
    assert unnoticed == 0 or profile == "yintong"


@pytest.mark.parametrize("form", [form for form, _, _ in SAMPLES])
@pytest.mark.parametrize("length", [0, 1, 100, 5000])
def test_plain_noise(tmp_path: Path, form: str, length: int) -> None:
    path = tmp_path / "noise"
    path.write_bytes(random.Random(length).randbytes(length))
    assert read(path, form, WANTED) is None
