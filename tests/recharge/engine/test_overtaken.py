"""What is decided beside SQLite's writer comes to the same as if it had waited, whatever the writer did meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.outcomes import AnswerSource, Evidence, OutcomeState
from recharge.domain.requests import Request
from recharge.engine.finish import Finisher
from recharge.engine.intake import Intake
from tests.support.books import check_books, code_of
from tests.support.overtaken import OvertakenDatabase
from tests.support.province import Province
from tests.support.world import NUMBER, World

SAID = (OutcomeState.SUCCESS, OutcomeState.FAILED, OutcomeState.NOT_SENT, OutcomeState.UNKNOWN, OutcomeState.ACCEPTED)
WRONG = "111111"
TOLD = (
    "SELECT state, attempts, link_id, delivered_minor, cost_minor, failure, due_at FROM orders ORDER BY id",
    "SELECT state, queries, not_found, charged_minor FROM attempt ORDER BY id",
    "SELECT source, state FROM answer ORDER BY id",
    "SELECT kind FROM order_event ORDER BY id",
    "SELECT kind, recipient FROM outbox ORDER BY kind, recipient",
    "SELECT step, account_id, amount_minor FROM posting ORDER BY step, account_id, amount_minor",
    "SELECT balance_minor, day_count, day_minor FROM account WHERE kind = 'deposit' ORDER BY id",
    "SELECT tries, locked FROM credential ORDER BY id",
    "SELECT code FROM request ORDER BY code",
)


@dataclass
class Scene:
    """A province, and one more process on its books that looks at them before something else happens."""

    world: World
    database: OvertakenDatabase

    def __post_init__(self) -> None:
        parts = replace(self.world.new_parts(), database=self.database)
        self.intake, self.finisher = Intake(parts, lambda: None), Finisher(parts)

    def told(self) -> list[list[tuple[object, ...]]]:
        """What the books tell, but for numbers that are never the same."""
        return [self.world.rows(text) for text in TOLD]


@pytest.fixture
def scene(clean_sqlite_url: str) -> Iterator[Scene]:
    yield from staged(clean_sqlite_url)


@pytest.fixture
def serial(sqlite_template: Path, tmp_path: Path) -> Iterator[Scene]:
    """The same on books of its own, for what is to come of it when one thing happens after the other."""
    path = tmp_path / "serial.sqlite3"
    for piece in sqlite_template.parent.glob("template.sqlite3*"):
        (tmp_path / piece.name.replace("template", "serial")).write_bytes(piece.read_bytes())
    yield from staged(f"sqlite:///{path}")


def staged(url: str) -> Iterator[Scene]:
    world = Province(url)
    world.deposit("A", "100.00")
    made = Scene(world, OvertakenDatabase(url))
    yield made
    check_books(world)
    made.database.close()
    world.close()


Hears = Callable[[World, int], Evidence]


def hears(state: OutcomeState, source: AnswerSource = AnswerSource.CALLBACK) -> Hears:
    return lambda world, attempt: world.evidence(attempt, state, source)


@pytest.mark.parametrize(("theirs", "ours"), list(product(SAID, SAID)))
def test_two_that_hear_of_one_attempt(scene: Scene, serial: Scene, theirs: OutcomeState, ours: OutcomeState) -> None:
    attempt = scene.world.send(scene.world.recharge("A"))
    scene.database.meanwhile = lambda: scene.world.hear(attempt, theirs)
    scene.finisher.finish([hears(ours)(scene.world, attempt)])
    assert scene.database.looks == 1

    attempt = serial.world.send(serial.world.recharge("A"))
    serial.world.hear(attempt, theirs)
    serial.finisher.finish([hears(ours)(serial.world, attempt)])
    assert scene.told() == serial.told()


def test_late_news_does_not_take_an_order_back_to_an_attempt_that_is_over(scene: Scene) -> None:
    """Between our two halves the attempt ends unsent, and the next one is under way, in the very state that we had read."""
    world = scene.world
    reply = world.recharge("A")
    first = world.send(reply)
    world.hear(first, OutcomeState.UNKNOWN)
    second: list[int] = []

    def goes_on() -> None:
        world.hear(first, OutcomeState.NOT_SENT)
        second.append(world.send(reply))
        world.hear(second[0], OutcomeState.UNKNOWN)

    scene.database.meanwhile = goes_on
    scene.finisher.finish([hears(OutcomeState.UNKNOWN)(world, first)])
    assert world.state(reply) == "unknown"
    assert world.one("SELECT attempt_id FROM orders WHERE kind = 'recharge'") == second[0]


Meanwhile = Callable[[World], object]
MEANWHILE: dict[str, Meanwhile] = {
    "the deposit is spent": lambda world: world.recharge("A", "100.00", number="13800138009"),
    "the deposit grows": lambda world: world.deposit("A", "500.00"),
    "the same sale": lambda world: world.recharge("A", "30.00"),
    "the very same request": lambda world: world.recharge("A", "30.00", reference="ours"),
    "another request of that name": lambda world: world.recharge("A", "50.00", reference="ours"),
}
PASSWORDS: dict[str, Meanwhile] = {
    "a wrong password": lambda world: world.recharge("A", "30.00", password=WRONG),
    "so many that it is locked": lambda world: [world.recharge("A", "30.00", password=WRONG) for _ in range(8)],
}
MEANWHILE |= PASSWORDS


def sales(world: World, passwords: tuple[str | None, ...]) -> list[Request]:
    """Two sales of one batch, which is decided beside the writer."""
    how = [{} if item is None else {"password": item} for item in passwords]
    numbers, references = (NUMBER, "13800138007"), ("ours", "ours too")
    return [
        world.request("A", ask.Recharge(number, 3000), reference=reference, **more)
        for number, reference, more in zip(numbers, references, how, strict=True)
    ]


@pytest.mark.parametrize("passwords", [(None, None), (WRONG, None), (None, WRONG)], ids=["right", "wrong first", "wrong then"])
@pytest.mark.parametrize("happens", MEANWHILE)
def test_two_that_take_in(scene: Scene, serial: Scene, happens: str, passwords: tuple[str | None, ...]) -> None:
    scene.database.meanwhile = lambda: MEANWHILE[happens](scene.world)
    ours = scene.intake.take(sales(scene.world, passwords))
    assert scene.database.looks == 1

    MEANWHILE[happens](serial.world)
    after = serial.intake.take(sales(serial.world, passwords))
    # Of two at the same moment, either may have been first: a password that was right when it was looked at was right.
    if not (happens in PASSWORDS and passwords == (None, None)):
        assert [(reply.refusal and reply.refusal.code, reply.repeated, reply.balance_minor) for reply in ours] == [
            (reply.refusal and reply.refusal.code, reply.repeated, reply.balance_minor) for reply in after
        ]
        assert scene.told() == serial.told()


def test_what_is_not_overtaken_is_looked_at_once(scene: Scene) -> None:
    scene.database.meanwhile = lambda: scene.world.deposit("B", "1.00")
    assert all(reply.done for reply in scene.intake.take(sales(scene.world, (None, None))))
    assert scene.database.looks == 1


def test_requests_whose_decision_nothing_guards_wait_for_the_writer(scene: Scene) -> None:
    scene.database.meanwhile = lambda: pytest.fail("looked at beside the writer")
    transfer = ask.Transfer("D3", 100)
    replies = scene.intake.take([*sales(scene.world, (None, None)), scene.world.request("A", transfer)])
    assert [reply.done for reply in replies[:2]] == [True, True]
    scene.intake.take(sales(scene.world, (None, None))[:1])
    scene.database.meanwhile = None


def test_an_enquiry_beside_the_writer_is_answered_as_things_stood(scene: Scene) -> None:
    scene.database.meanwhile = lambda: scene.world.recharge("A", "50.00")
    asked = [scene.world.request("A", ask.Balance()) for _ in range(2)]
    assert [reply.balance_minor for reply in scene.intake.take(asked)] == [10000, 10000]
    assert code_of(scene.world.recharge("A", "100.00", number="13800138005")) is RefusalCode.INSUFFICIENT_BALANCE
