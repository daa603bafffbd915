"""A simulated month: two carriers, two banks, planted breaks, noisy deposits. All are found, none is invented, every day closes.

Three days every day; KONGCHONG_MONTH_DAYS=30 plays the whole month for 500 points.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bank_settle.carriers.kinds import Kind
from bank_settle.configuration import Bank, Carrier
from bank_settle.days import CLOSED
from bank_settle.pipeline import Pipeline
from recharge import OrderKind
from recharge.engine.administration import SHELL, Route
from simulators.bank.play import Bank as PlayedBank
from simulators.bank.play import Day as BankDay
from simulators.carrier import statement as carrier_file
from tests.bank_settle.carriers import test_kinds as kinds
from tests.bank_settle.scene import CHINA, DAY, Scene
from tests.support.books import check_books

DAYS = int(os.environ.get("KONGCHONG_MONTH_DAYS", "3"))
POINTS, SALES = (500, 200) if DAYS >= 30 else (6, 6)
# What these plant leaves the books whole: a day with them can be closed.
PLANTS = [case for case in kinds.CASES if case[0] not in {kinds.never_sent, kinds.not_booked, kinds.booked_without_success}]
FILE_KINDS = {"missing": Kind.OURS_ONLY, "extra": Kind.THEIRS_UNKNOWN, "amount": Kind.AMOUNT, "state": Kind.REVERSED_THERE,
              "duplicate": Kind.DUPLICATE_AT_CARRIER}  # fmt: skip
HELD = {"nothing": "deposit_no_reference", "name_only": "deposit_no_reference", "wrong_letter": "deposit_wrong_reference",
        "two": "deposit_ambiguous"}  # fmt: skip
NUMBERS = {"ICBC": "62284800001234567", "CMB": "591902896010504"}


class Month(Scene):
    """A scene with a second carrier that sends a file, and two banks that are played."""

    def __init__(self, url: str, folder: Path) -> None:
        carriers = (
            Carrier(link="CARRIER"),
            Carrier(link="SECOND", form="carrier_platform", owner="AGENT", inbox=f"{folder}/second-{{day:%Y%m%d}}"),
        )
        banks = tuple(
            Bank(account=name, number=number, name="江西空充", bank_code="102421000013", form="camt",
                 inbox=f"{folder}/{name}/camt053-{{day:%Y-%m-%d}}.xml")
            for name, number in NUMBERS.items()
        )  # fmt: skip
        super().__init__(url, folder, banks, carriers=carriers)
        self.folder, self.chance = folder, random.Random(20261120)
        self.first = self.world.link_id
        self.second = int(self.world.office.links.register(SHELL, "SECOND", "二号平台", "carrier_platform", {}))
        self.world.office.links.add_route(SHELL, "SECOND", Route("CMCC", OrderKind.RECHARGE, 9600))
        for code in ("A", "B"):
            self.world.deposit(code, "1000000.00")
        for number in range(POINTS):
            self.world.add_point(f"P{number}")
        self.points = ["A", "B", *(f"P{number}" for number in range(POINTS))]
        self.banks = {name: PlayedBank(folder / name, number, 5) for name, number in NUMBERS.items()}

    def sell_on_the_second(self, day: date, count: int) -> Counter[str]:
        """Sales through the carrier with the file; what the simulated carrier planted in its file, by our names."""
        self.world.link_id = self.second
        lines = []
        for place in range(count):
            attempt = self.sale(number=f"138001390{place:02d}", listed=False)
            at = f"{self.world.clock.now().astimezone(CHINA):%Y%m%d%H%M%S}"
            lines.append(
                carrier_file.Line("R", str(attempt), "", f"C{attempt}", "", f"138001390{place:02d}", 5000, 4800, 5000, "SUCCESS", at)
            )
        self.world.link_id = self.first
        # The simulator leaves out, adds and alters by itself; what it takes twice is two differences of one line for us, and left out here.
        planted = [name for name in FILE_KINDS if self.chance.random() < 0.6]
        whole, changed = list(lines), list(lines)
        touched: Counter[str] = Counter()
        for name in planted:
            spare = [line for line in changed if line in whole]
            rest = [line for line in changed if line not in whole]
            before = list(spare)
            carrier_file.PLANTERS[name](spare, self.chance)
            whole = [line for line in whole if line in spare and spare.count(line) == 1]
            changed = spare + rest
            touched[FILE_KINDS[name].value] += spare != before
        created = datetime.combine(day + timedelta(days=1), datetime.min.time(), CHINA)
        (self.folder / f"second-{day:%Y%m%d}").write_bytes(carrier_file.render(changed, "AGENT", f"{day:%Y%m%d}", 1, created))
        return touched

    def play(self, day: date) -> tuple[Counter[str], dict[str, Counter[str]]]:
        """A day's business; what was planted with the first carrier, the second, and each bank."""
        self.world.clock.moment = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        for place in range(SALES):
            self.sale(self.chance.choice(("A", "B")), number=f"1380013{place:04d}")
        planted: Counter[str] = Counter()
        for plant, expected in self.chance.sample(PLANTS, 5):
            self.world.clock.pass_time(minutes=20)
            plant(self)
            planted.update(kind.value for kind, _ in expected)
        others = {"carrier:SECOND": self.sell_on_the_second(day, 8)}
        for name, bank in self.banks.items():
            sheet: Any = bank.play(BankDay(day.isoformat(), self.points, 12))
            found = Counter(HELD[item["kind"]] for item in sheet["deposits"] if item["kind"] in HELD)
            found["deposit_no_reference"] += sum(item["kind"] == "virtual" for item in sheet["deposits"])
            found["bank_fee"] += 1
            others[f"bank:{name}"] = found
        return planted, others


@pytest.fixture
def month(clean_sqlite_url: str, tmp_path: Path) -> Iterator[Month]:
    made = Month(clean_sqlite_url, tmp_path)
    yield made
    made.close()


@pytest.mark.timeout(3600)
def test_all_breaks_are_found_none_is_invented_and_every_day_closes(month: Month) -> None:
    for number in range(DAYS):
        day = DAY + timedelta(days=number)
        month.desk.answers.clear()
        planted, others = month.play(day)
        month.morning_after(day=day)
        pipeline = Pipeline(month.parts)
        outcomes = pipeline.run(day)
        assert [outcome.waits for outcome in outcomes] == [None] * len(outcomes)
        assert Counter(case.kind for case in month.cases(day)) == planted
        for scope, expected in others.items():
            assert Counter(case.kind for case in month.cases(day, scope)) == +expected, (day, scope)
        for outcome in outcomes[:2]:
            facts = outcome.day.facts["matched"]
            assert facts["booked_minor"] - facts["charged_minor"] - facts["effect_minor"] == 0
        pipeline.sign(day, "FIN1")
        assert len(pipeline.close(day, "FIN2")["head"]) == 64
        assert {month.parts.days.read(scope, day).state for scope in month.configuration.scopes} == {CLOSED}
    credited_rightly(month)
    check_books(month.world)


def credited_rightly(month: Month) -> None:
    """Every deposit that could be told went to its point and to no other; every other one to nobody."""
    for name in NUMBERS:
        truths = [item for path in sorted((month.folder / name).glob("answers-*.json"))
                  for item in json.loads(path.read_text(encoding="utf-8"))["sheet"]["deposits"]]  # fmt: skip
        rows = month.world.rows("SELECT bank_reference, matched, state FROM settle_bank_line WHERE account = ?", name)
        found = {reference: matched if state == "matched" else "" for reference, matched, state in rows}
        for item in truths:
            assert found[item["reference"]] == (item["point"] if item["can_be_told"] else ""), item
