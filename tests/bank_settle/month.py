"""A month of business in a small province: carriers, banks and terminals at work, with every kind of break that a living day can have."""

import math
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bank_settle.banks.payments import Payee, Payments
from bank_settle.banks.tickets import open_ticket
from bank_settle.carriers.kinds import Kind
from bank_settle.configuration import Bank, Carrier
from bank_settle.people import Action, People
from bank_settle.pipeline import Pipeline
from bank_settle.reports.bank_sheet import bank_reconciliation
from bank_settle.reports.source import read_source
from bank_settle.terminals.kinds import BatchKind
from recharge import EndpointKind, OrderKind
from recharge.engine.administration import SHELL, Route
from simulators.bank.play import Bank as PlayedBank
from simulators.bank.play import Day as BankDay
from simulators.carrier import statement as carrier_file
from tests.bank_settle.carriers import test_kinds as kinds
from tests.bank_settle.scene import CHINA, DAY, SCOPE, TICKET_RULES, Scene
from tests.bank_settle.terminals import till as terminals
from tests.bank_settle.terminals.till import Till

DAYS = int(os.environ.get("KONGCHONG_MONTH_DAYS", "3"))
POINTS, SALES = (500, 200) if DAYS >= 30 else (6, 6)
# What these plant is no day's business: the books themselves are broken, and such a day is never closed. Each has a test of its own.
BROKEN_BOOKS = {Kind.NOT_BOOKED, Kind.BOOKED_WITHOUT_SUCCESS, BatchKind.NOT_POSTED, BatchKind.POSTED_UNDONE}
PLANTS = [case for case in kinds.CASES if case[0] not in {kinds.not_booked, kinds.booked_without_success}]
FILE_KINDS = {"missing": Kind.OURS_ONLY, "extra": Kind.THEIRS_UNKNOWN, "amount": Kind.AMOUNT, "state": Kind.REVERSED_THERE,
              "duplicate": Kind.DUPLICATE_AT_CARRIER}  # fmt: skip
HELD = {"nothing": "deposit_no_reference", "name_only": "deposit_no_reference", "wrong_letter": "deposit_wrong_reference",
        "two": "deposit_ambiguous", "virtual": "deposit_no_reference"}  # fmt: skip
MISCHIEF = {"interest": "bank_interest", "stranger": "payment_unknown", "nobody": "deposit_unknown_party", "taken_back": "deposit_reversed",
            "twice": "payment_twice", "other_amount": "payment_amount", "numbering": "bank_gap", "opening": "bank_opening"}  # fmt: skip
# What each bank does on the first, second and third day, and then again.
TURNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "ICBC": (("interest", "stranger", "nobody"), ("numbering",), ("opening",)),
    "CMB": (("twice", "other_amount"), ("taken_back",), ()),
}
NUMBERS = {"ICBC": "62284800001234567", "CMB": "591902896010504"}
# One bank has an account of its own in the books, the other one stands in the shared account.
OWN_LEDGERS = {"ICBC": "ICBC"}
TILLS = "channel:pos"


class Month(Scene):
    """A scene with a second carrier that sends a file, two banks that are played, and terminals. `expected` is what was planted, by scope
    and day."""

    def __init__(self, url: str, folder: Path) -> None:
        carriers = (
            Carrier(link="CARRIER"),
            Carrier(link="SECOND", form="carrier_platform", owner="AGENT", inbox=f"{folder}/second-{{day:%Y%m%d}}"),
        )
        banks = tuple(
            Bank(account=name, number=number, name="江西空充", bank_code="102421000013", form="camt",
                 inbox=f"{folder}/{name}/camt053-{{day:%Y-%m-%d}}.xml", ledger=OWN_LEDGERS.get(name, ""))
            for name, number in NUMBERS.items()
        )  # fmt: skip
        super().__init__(url, folder, banks, carriers=carriers, channels=("pos",))
        for code in OWN_LEDGERS.values():
            self.world.office.banks.register(SHELL, code, code)
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
        self.till = Till(self)
        self.expected: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        self._plants, self._stories = (self._turns(PLANTS, 5), self._turns(terminals.CASES, 2))

    def _turns(self, everything: list[Any], least: int) -> Iterator[list[Any]]:
        """So many a day that all have had their turn when the days are over."""
        shuffled = cycle(self.chance.sample(everything, len(everything)))
        count = max(least, math.ceil(len(everything) / DAYS))
        while True:
            yield list(islice(shuffled, count))

    def play(self, day: date) -> None:
        """A day's business."""
        self.world.clock.moment = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        self.desk.answers.clear()
        for place in range(SALES):
            self.sale(self.chance.choice(("A", "B")), number=f"1380013{place:04d}")
        for plant, expected in next(self._plants):
            self.world.clock.pass_time(minutes=20)
            plant(self)
            self.expected[SCOPE, day].update(kind.value for kind, _ in expected)
        self.world.clock.pass_time(minutes=20)
        self._listed_on_other_days(day)
        self._work_at_terminals(day)
        self._sell_on_the_second(day, 8)
        for name, bank in self.banks.items():
            self._bank(name, bank, day)

    def _listed_on_other_days(self, day: date) -> None:
        """Two sales that the carrier lists a day and two days later."""
        if (day - DAY).days % 3 or (day - DAY).days + 2 >= DAYS:
            return
        for later, kind in ((1, Kind.CROSSED_MIDNIGHT), (2, Kind.LATE_AT_CARRIER)):
            attempt = self.sale(number=f"138001380{later:02d}", listed=False)
            self.lists(attempt, day + timedelta(days=later), serial_number=f"SN{attempt % 10**9}")
            self.expected[SCOPE, day][Kind.OURS_ONLY] += 1
            self.expected[SCOPE, day + timedelta(days=later)][kind] += 1

    def _work_at_terminals(self, day: date) -> None:
        """Batches of one terminal; another one begins on the first day, and sells, and never settles."""
        if day == DAY:
            terminals.second_terminal(self.till)
        elif day == DAY + timedelta(days=1):
            self.expected[TILLS, day][BatchKind.STILL_OPEN] += 1
        for story, at_the_till, at_the_carrier in next(self._stories):
            self.till.begin()
            story(self.till)
            self.world.clock.pass_time(minutes=1)
            self.expected[TILLS, day].update(at_the_till)
            self.expected[SCOPE, day].update(at_the_carrier)

    def _sell_on_the_second(self, day: date, count: int) -> None:
        """Sales through the carrier with the file, and what the simulated carrier plants in it."""
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
        for name in planted:
            spare = [line for line in changed if line in whole]
            rest = [line for line in changed if line not in whole]
            before = list(spare)
            carrier_file.PLANTERS[name](spare, self.chance)
            whole = [line for line in whole if line in spare and spare.count(line) == 1]
            changed = spare + rest
            self.expected["carrier:SECOND", day][FILE_KINDS[name].value] += spare != before
        created = datetime.combine(day + timedelta(days=1), datetime.min.time(), CHINA)
        (self.folder / f"second-{day:%Y%m%d}").write_bytes(carrier_file.render(changed, "AGENT", f"{day:%Y%m%d}", 1, created))

    def _bank(self, name: str, bank: PlayedBank, day: date) -> None:
        turn, found = (day - DAY).days % 3, self.expected[f"bank:{name}", day]
        transfers = self._by_ticket(name, found) if (name, turn) == ("ICBC", 0) else ()
        payments = self._payment_file(name, day) if (name, turn) == ("CMB", 0) else ()
        sheet: Any = bank.play(
            BankDay(day.isoformat(), self.points, 12, payments=payments, give_back=2, transfers=transfers, mischief=TURNS[name][turn])
        )
        assert set(sheet["planted"]) == set(TURNS[name][turn]), sheet["planted"]
        found.update(HELD[item["kind"]] for item in sheet["deposits"] if item["kind"] in HELD)
        found.update(MISCHIEF[planted] for planted in sheet["planted"])
        found["bank_fee"] += 1
        found["payment_returned"] += len(sheet["returned"])
        if (name, turn) == ("ICBC", 1):
            found["deposit_refused"] += sum(item["can_be_told"] for item in sheet["deposits"])

    def _by_ticket(self, account: str, found: Counter[str]) -> tuple[tuple[int, str], ...]:
        """One agent transfers what it was told three days ago, another one less than it was told today."""
        now, database = self.world.clock.now(), self.world.database
        late = open_ticket(database, account, "B", 70000, now - timedelta(days=3), TICKET_RULES)
        open_ticket(database, account, "A", 50000, now, TICKET_RULES)
        found.update(["deposit_late_ticket", "deposit_short"])
        return (late.amount_minor, ""), (49500, "A")

    def _payment_file(self, account: str, day: date) -> tuple[Path, ...]:
        """Three payments out, in one file."""
        payments = Payments(self.parts, self.configuration.bank(f"bank:{account}"))
        for number in range(3):
            payee = Payee("南昌网点张三", f"621700001234567890{number}", "102421000013")
            item = payments.propose("deposit:A", 10000 + number, payee, "退还预存", f"{day}-{number}", self.person("FIN1"))
            payments.approve(item, self.person("FIN2"))
        made = payments.make_file(day)
        assert made is not None
        path = self.folder / f"{made.message_id}.xml"
        path.write_bytes(payments.regenerate(made.message_id))
        return (path,)

    def settle(self, day: date) -> list[Any]:
        """The morning after: what went wrong by itself, then the whole day; the outcomes."""
        self.morning_after(day=day)
        pipeline, turn, again = Pipeline(self.parts), (day - DAY).days % 3, frozenset[str]()
        if turn == 1:
            self._run_while_blocked(pipeline, day)
        if turn == 2:
            pipeline.run_scope("bank:CMB", day)
            assert self.banks["CMB"].correct()
            self.expected["bank:CMB", day]["bank_line_withdrawn"] += 1
            again = frozenset({"bank:CMB"})
        return pipeline.run(day, again)

    def unexplained(self, day: date) -> list[int]:
        """What the bank sheet cannot explain: of the bank with an account of its own, and of the shared one."""
        rows = bank_reconciliation(read_source(self.parts, day)).rows
        return [int(amount or 0) for label, amount, _ in rows if str(label).startswith("差额")]

    def _run_while_blocked(self, pipeline: Pipeline, day: date) -> None:
        """Somebody had blocked the close's own endpoint: all deposits of the day were refused, and people credit them afterwards."""
        endpoints = self.world.office.endpoints
        endpoints.block(SHELL, EndpointKind.CONSOLE, "settlement")
        pipeline.run_scope("bank:ICBC", day)
        endpoints.unblock(SHELL, EndpointKind.CONSOLE, "settlement")
        sheet = self.banks["ICBC"].account.last
        whose = {line["reference"]: line for line in sheet["lines"]}
        for case in self.cases(day, "bank:ICBC"):
            if case.kind == "deposit_refused":
                line = whose[case.facts["bank_reference"]]
                self._credit(case.id, self.point_of(line), day)

    def point_of(self, line: dict[str, Any]) -> str:
        """Whose reference a bank's line carries."""
        from simulators.bank.deposits import reference_of

        text = f"{line['structured']} {line['text']}".upper()
        return next(code for code in sorted(self.points, key=len, reverse=True) if reference_of(code) in text)

    def _credit(self, case: int, party: str, day: date) -> None:
        people = People(self.parts)
        people.propose(case, Action.CREDIT_PARTY, self.person("FIN1"), "参考号无误", party)
        people.decide(case, Action.CREDIT_PARTY, self.person("FIN2"), day + timedelta(days=1), approve=True)

    def close(self) -> None:
        """Give everything back."""
        self.till.close()
        super().close()
