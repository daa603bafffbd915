"""What links learn by themselves reaches the books once, waits while the database is away, and is called kept only then."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from recharge.books.database import DatabaseBusy
from recharge.dispatch.heard import Heard
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.contract import Told

WAIT = 30.0


def told(reference: str, kept: Callable[[], None]) -> Told:
    return Told("CHIP", reference, Outcome(OutcomeState.SUCCESS, datetime(2026, 11, 27, tzinfo=UTC)), kept)


class Books:
    """Applies, or fails first."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.applied: list[str] = []
        self.kept: list[str] = []
        self.all_in = threading.Event()

    def apply(self, item: Told) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.applied.append(item.reference)

    def keep(self, reference: str) -> Callable[[], None]:
        def kept() -> None:
            self.kept.append(reference)
            if reference == "last":
                self.all_in.set()

        return kept


def run(heard: Heard, books: Books) -> None:
    stopped = threading.Event()
    thread = threading.Thread(target=heard.run, args=(books.apply, stopped))
    thread.start()
    assert books.all_in.wait(WAIT)
    stopped.set()
    thread.join(WAIT)
    assert not thread.is_alive()


def test_all_are_applied_in_order_and_then_kept() -> None:
    heard, books = Heard(), Books()
    for reference in ("1", "2", "last"):
        heard.tell(told(reference, books.keep(reference)))
    run(heard, books)
    assert books.applied == books.kept == ["1", "2", "last"]


def test_what_the_database_did_not_take_is_tried_again() -> None:
    heard, books = Heard(), Books(DatabaseBusy())
    heard.tell(told("last", books.keep("last")))
    run(heard, books)
    assert books.applied == ["last"]


@pytest.mark.parametrize("failure", [ValueError("a mistake"), KeyError("gone")])
def test_one_that_cannot_be_applied_holds_up_no_other(failure: Exception) -> None:
    heard, books = Heard(), Books(failure)
    heard.tell(told("1", books.keep("1")))
    heard.tell(told("last", books.keep("last")))
    run(heard, books)
    assert books.kept == ["last"]
