"""A set-up's commands: each the program itself with its own words, input and environment, its files the owner's, its output in the log."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from textwrap import indent

import pytest

from recharge.tryout.commands import Commands, NotUp
from recharge.tryout.home import Home

_NUMBERS = count()
Run = Callable[..., str]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of the tests are."""
    return tmp_path_factory.mktemp("shelf")


# Once for this module: the process behind it loads the engine first.
@pytest.fixture(scope="module")
def home(shelf: Path) -> Iterator[Home]:
    with closing(Home(shelf / "var")) as made:
        yield made


@pytest.fixture(scope="module")
def commands(home: Home, shelf: Path) -> Iterator[Commands]:
    with pytest.MonkeyPatch.context() as patch, closing(Commands(home)) as made:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(shelf), os.environ.get("PYTHONPATH", "")]))
        yield made


@pytest.fixture
def run(commands: Commands, shelf: Path) -> Run:
    """Runs a program of this text."""

    def ran(text: str, *words: str, typed: str = "", **environment: str) -> str:
        guarded = "if __name__ == '__main__':\n" + indent(text, "    ")
        # Each has a name of its own: Python takes a program of the same second and length for the one that it has compiled.
        name = f"program_of_a_test_{next(_NUMBERS)}"
        (shelf / f"{name}.py").write_text(guarded, encoding="utf-8")
        return commands.run(environment, name, *words, typed=typed)

    return ran


@pytest.fixture
def log(home: Home) -> Callable[[], str]:
    return lambda: home.log("set-up").read_text(encoding="utf-8")


def test_a_program_runs_as_if_it_had_been_called(run: Run) -> None:
    for place in ("sys.stdin", "open('/dev/stdin')"):
        text = f"import sys\nprint(sys.argv[1:], {place}.read(), end='')"
        assert run(text, "issue", "卡", typed="第一行\n") == "['issue', '卡'] 第一行\n"


def test_one_after_another_each_has_an_environment_of_its_own(run: Run) -> None:
    text = "import os, sys, time\nsys.stdout.write(' '.join(sorted(name for name in os.environ if name != 'LC_CTYPE')) + time.tzname[0])"
    assert run(text, "1", TZ="Asia/Shanghai", FIRST="1") == "FIRST TZCST"
    assert run(text, "2", TZ="Asia/Jakarta", SECOND="2") == "SECOND TZWIB"


def test_what_one_of_them_does_to_its_process_is_nothing_to_the_next(run: Run) -> None:
    text = "import sys, logging\nprint(getattr(logging, 'mark', 'none'), flush=True)\nlogging.mark = 'marked'\n"
    assert [run(text, "1"), run(text, "2")] == ["none\n", "none\n"]


def test_files_are_the_owners_alone(run: Run, tmp_path: Path) -> None:
    run("import sys\nopen(sys.argv[1], 'w').close()", str(tmp_path / "made"))
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import sys\nprint('half')\nsys.exit('no such card')", "no such card"),
        ("import sys\nprint('half')\nsys.exit(3)", "half"),
        ("print('half')\nraise ValueError('a bad key')", "ValueError: a bad key"),
        ("import os\nprint('half', flush=True)\nos.kill(os.getpid(), 9)", "half"),
    ],
)
def test_one_that_fails_is_named_and_what_it_said_is_in_the_log(run: Run, log: Callable[[], str], text: str, told: str) -> None:
    with pytest.raises(NotUp, match="issue") as error:
        run(text, "issue")
    assert error.value.name == "issue"
    assert told in error.value.log.read_text(encoding="utf-8")
    assert "half" in log()
    # The next one is not the worse for it.
    assert run("print('whole')", "show") == "whole\n"


def test_what_a_program_says_is_in_the_log_as_well(run: Run, log: Callable[[], str]) -> None:
    assert run("import sys\nprint('said')\nprint('complained', file=sys.stderr)", "show") == "said\n"
    assert "said\n" in log()
    assert "complained\n" in log()


def test_a_program_that_cannot_be_loaded_is_named_and_the_next_one_runs(home: Home, commands: Commands, shelf: Path) -> None:
    (shelf / "broken_program_of_a_test.py").write_text("import no_such_module_anywhere", encoding="utf-8")
    with pytest.raises(NotUp, match="show"):
        commands.run({}, "broken_program_of_a_test", "show")
    assert "no_such_module_anywhere" in home.log("set-up").read_text(encoding="utf-8")
    assert commands.run({}, "base64", "-e", typed="abc").strip() == "YWJj"


def test_programs_of_the_product_are_run_by_the_name_of_their_package(home: Home, commands: Commands) -> None:
    with pytest.raises(NotUp, match="no-such-command"):
        commands.run({}, "recharge.cli", "no-such-command")
    assert "no-such-command" in home.log("set-up").read_text(encoding="utf-8")


def test_the_process_behind_it_ends_with_it_and_comes_back_when_it_is_needed(commands: Commands) -> None:
    commands.close()
    assert commands.run({}, "base64", "-e", typed="abc").strip() == "YWJj"
    process = commands._forks
    assert process is not None
    commands.close()
    assert process.returncode == 0
