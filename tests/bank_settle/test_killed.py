"""Processes that are really killed, and several at once: the day comes out the same, byte for byte, and every case is there once."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from bank_settle.archive import Archive
from bank_settle.configuration import Carrier
from bank_settle.days import LEASE, Day, Days, Overtaken, SomebodyElse
from bank_settle.parts import Parts
from bank_settle.pipeline import Pipeline
from recharge.books.database import Database
from recharge.engine.day_books import DayBooks
from tests.bank_settle.scene import DAY, Scene
from tests.bank_settle.test_pipeline import a_day, digests, write_file
from tests.support.world import ManualClock

DONE, REFUSED, OVERTAKEN, WRONG = 0, 3, 4, 9
STEPS = ["cut", "snapshot", "statement", "matched"]


def prepare(scene: Scene, folder: Path) -> None:
    """A day's sales and the carrier's file of it."""
    a_day(scene)
    write_file(scene, folder / "20261120.txt")
    carrier = Carrier(link="CARRIER", form="carrier_platform", inbox=str(folder / "{day:%Y%m%d}.txt"), owner="AGENT")
    scene.configuration = scene.configuration.model_copy(update={"carriers": (carrier,)})
    scene.parts = scene.new_parts("parent")


def parts_of_a_child(scene: Scene, archive: Path, name: str) -> Parts:
    """Parts over connections of its own: those of the parent are not for a forked process."""
    database, clock = Database(scene.world.url), ManualClock(scene.world.clock.now())
    books = DayBooks(database, scene.world.parts.calendar, clock)
    configuration = scene.configuration.model_copy(update={"archive": archive})
    return Parts(configuration, database, books, scene.parts.engine, scene.desk, Archive(archive), Days(database, clock, name), clock)


def child(scene: Scene, archive: Path, name: str, before: Callable[[], None] = lambda: None) -> int:
    """A process that runs the day; its number."""
    number = os.fork()
    if number:
        return number
    code = WRONG
    try:
        before()
        Pipeline(parts_of_a_child(scene, archive, name)).run(DAY)
        code = DONE
    except SomebodyElse:
        code = REFUSED
    except Overtaken:
        code = OVERTAKEN
    finally:
        # Nothing of the test's own may run on in the child.
        os._exit(code)


def ended(number: int) -> int:
    """How a child ended: its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def kill_before(step: str) -> Callable[[], None]:
    """The process dies after the step's work, before it is written down that it is done."""

    def patch() -> None:
        real = Days.advance

        def advance(self: Days, seen: Day, name: str, *rest: Any) -> Day:
            if name == step and seen.scope.startswith("carrier"):
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, seen, name, *rest)

        Days.advance = advance  # type: ignore[method-assign, assignment]

    return patch


def kill_after(step: str) -> Callable[[], None]:
    """The process dies when the step is committed, before anything else."""

    def patch() -> None:
        real = Days.advance

        def advance(self: Days, seen: Day, name: str, *rest: Any) -> Day:
            following = real(self, seen, name, *rest)
            if name == step and seen.scope.startswith("carrier"):
                os.kill(os.getpid(), signal.SIGKILL)
            return following

        Days.advance = advance  # type: ignore[method-assign, assignment]

    return patch


def contents(folder: Path) -> dict[str, bytes]:
    """All kept files by digest; what a killed process left under way is none of them."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.name.startswith("under-way-")}


def test_killed_at_every_step_the_day_is_the_same(scene: Scene, tmp_path: Path) -> None:
    prepare(scene, tmp_path)
    quiet, rough = tmp_path / "quiet", tmp_path / "rough"
    assert ended(child(scene, quiet, "quiet")) == DONE
    expected = {scope: digests(scene.parts.days.read(scope, DAY)) for scope in scene.configuration.scopes}
    cases = scene.cases()
    with scene.world.database.write() as connection:
        for table in ("settle_day", "settle_case", "settle_file", "settle_lease"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    for place, (step, kill) in enumerate((step, kill) for step in STEPS for kill in (kill_before, kill_after)):
        assert ended(child(scene, rough, f"rough {place}", kill(step))) == -signal.SIGKILL, step
        # The dead process holds the scope until its time is over.
        assert ended(child(scene, rough, f"early {place}")) == REFUSED
        scene.world.clock.moment += LEASE
        scene.world.clock.pass_time(seconds=1)
    assert ended(child(scene, rough, "last")) == DONE
    found = {scope: digests(scene.parts.days.read(scope, DAY)) for scope in scene.configuration.scopes}
    assert found == expected
    assert scene.cases() == cases
    assert contents(rough) == contents(quiet)


def test_many_at_once_do_the_day_once(any_scene: Scene, tmp_path: Path) -> None:
    prepare(any_scene, tmp_path)
    any_scene.world.database.close()
    children = [child(any_scene, tmp_path / "many", f"process {number}") for number in range(4)]
    codes = sorted(ended(number) for number in children)
    assert set(codes) <= {DONE, REFUSED}
    assert DONE in codes
    # One that was refused simply comes again.
    assert ended(child(any_scene, tmp_path / "many", "later")) == DONE
    days = [any_scene.parts.days.read(scope, DAY) for scope in any_scene.configuration.scopes]
    assert all(day.ready for day in days)
    assert sorted(case.kind for case in any_scene.cases()) == ["limbo_absent", "ours_only"]
    assert any_scene.world.one("SELECT COUNT(*) FROM settle_file") == 1
    assert any_scene.world.one("SELECT COUNT(*) FROM settle_lease") == 0


def test_a_file_under_way_is_never_taken_for_a_kept_one(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writing() as (file, _):
        file.write(b"half")
    with archive.writing() as (file, done):
        file.write(b"whole")
        digest = done()
    assert contents(tmp_path) == {digest: b"whole"}
    assert archive.keep_bytes(b"whole") == digest
    source = tmp_path / "source"
    source.write_bytes(b"whole")
    assert archive.keep(source) == digest
    assert archive.path(digest).read_bytes() == b"whole"
    with suppress(RuntimeError), archive.writing() as (file, _):
        file.write(b"x")
        raise RuntimeError
    assert not list(tmp_path.glob("under-way-*"))
