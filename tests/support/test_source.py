"""The reader of our own source: what it counts and what it overlooks."""

from pathlib import Path

import pytest

from tests.support import source


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "sample.py"
    path.write_text(
        '"""A sample."""\n'
        "\n"
        "x = 1  # noqa: F841\n"
        "y = 2  # noqa: F841  kept for the reader\n"
        "# a word of its own\n"
        "z = 3  # type: ignore[assignment]\n",
        encoding="utf-8",
    )
    return path


def test_comments_to_tools_say_nothing(module: Path) -> None:
    assert source.comments(module) == {4: "kept for the reader", 5: "a word of its own"}


def test_a_mark_in_a_string_is_no_comment(module: Path) -> None:
    module.write_text('text = "# not a comment"\n')
    assert source.comments(module) == {}


def test_blank_lines_do_not_count(module: Path) -> None:
    assert source.lines_of_text(module) == 5


def test_what_runs_leave_behind_is_no_source(tmp_path: Path) -> None:
    for name in ("a.py", "__pycache__/a.pyc", ".venv/b.py", "var/c.txt", "kongchong.egg-info/d", "deep/e.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [path.name for path in source.files(tmp_path)] == ["a.py", "e.py"]


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert list(source.files(tmp_path / "nowhere")) == []


def test_nested_functions_are_counted_too(module: Path) -> None:
    module.write_text("def outer():\n    def inner():\n        return 1\n\n    return inner\n")
    assert [(function.name, function.lines) for function in source.functions(module)] == [("outer", 5), ("inner", 2)]


def test_a_function_says_where_it_is() -> None:
    function = source.functions(source.ROOT / "tests" / "support" / "source.py")[0]
    assert str(function).startswith("tests/support/source.py:")


def test_our_own_code_is_found() -> None:
    names = {path.relative_to(source.ROOT).as_posix() for path in source.code()}
    assert {"platform/recharge/__init__.py", "web/__init__.py", "tools/translations.py"} <= names
    assert not [name for name in names if name.startswith(("tests/", ".venv/", "migrations/versions/"))]
