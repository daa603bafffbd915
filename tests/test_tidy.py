"""The house rules, held over every module: short functions, short modules, reasons beside what is unusual, enough tests."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import source

LONGEST_FUNCTION = 60
LONG_FUNCTION = 30
MEDIAN_FUNCTION = 8
LONGEST_MODULE = 400
TESTS_TO_CODE = 1.2
# Programs a person looks at; everything else writes a log.
PRINTING = ("platform/recharge/cli", "simulators", "bench", "tools")
# How messages in the code and the pages must not speak: of work left over, or of how the product was made.
UNWANTED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bissue #?\d")
# Folders of tests that try the product as a whole and so mirror no folder of the code.
WHOLE_PRODUCT = {"support", "browser", "chaos", "crash", "fuzz", "processes", "proof", "properties", "scenarios", "simulation"}


def relative(path: Path) -> str:
    return path.relative_to(source.ROOT).as_posix()


def every_module() -> list[Path]:
    return [*source.code(), *source.tests()]


def code_functions() -> list[source.Function]:
    return [function for path in source.code() for function in source.functions(path)]


def test_no_function_is_over_sixty_lines() -> None:
    functions = [function for path in every_module() for function in source.functions(path)]
    too_long = [str(function) for function in functions if function.lines > LONGEST_FUNCTION]
    assert not too_long, "\n".join(too_long)


def test_nine_functions_in_ten_are_at_most_thirty_lines() -> None:
    functions = code_functions()
    long = [function for function in functions if function.lines > LONG_FUNCTION]
    assert len(long) * 10 <= len(functions), "\n".join(map(str, long))


def test_the_usual_function_is_at_most_eight_lines() -> None:
    assert statistics.median(function.lines for function in code_functions()) <= MEDIAN_FUNCTION


def test_no_module_is_over_four_hundred_lines() -> None:
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in every_module()}
    too_long = {name: length for name, length in lengths.items() if length > LONGEST_MODULE}
    assert not too_long, too_long


def opening(path: Path) -> list[str]:
    """The words of a module's first sentence."""
    return (ast.get_docstring(source.tree(path)) or "").partition("\n\n")[0].split()


def test_a_module_opens_with_a_sentence() -> None:
    silent = [relative(path) for path in every_module() if len(opening(path)) < 3]
    assert not silent, silent


def handlers(path: Path) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(source.tree(path)) if isinstance(node, ast.ExceptHandler))


def caught(handler: ast.ExceptHandler) -> set[str]:
    """Names of the exceptions a handler catches."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {ast.unparse(kind) for kind in types if kind is not None}


def unexplained(path: Path) -> list[str]:
    """Handlers that catch everything and do not say why, on their line or next to it."""
    catching = [handler for handler in handlers(path) if caught(handler) & {"Exception", "BaseException"}]
    comments = source.comments(path) if catching else {}
    return [
        source.place(path, handler.lineno)
        for handler in catching
        if not any(line in comments for line in range(handler.lineno - 1, handler.body[0].lineno + 1))
    ]


def test_no_except_is_bare() -> None:
    bare = [source.place(path, handler.lineno) for path in every_module() for handler in handlers(path) if handler.type is None]
    assert not bare, bare


def test_catching_everything_has_its_reason_beside_it() -> None:
    found = [place for path in every_module() for place in unexplained(path)]
    assert not found, found


def test_an_unexplained_handler_is_found(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text("try:\n    pass\nexcept (ValueError, Exception):  # noqa: BLE001\n    pass\n")
    assert len(unexplained(path)) == 1
    path.write_text("try:\n    pass\nexcept Exception:  # the loop goes on whatever one order does\n    pass\n")
    assert not unexplained(path)


def prints(path: Path) -> list[str]:
    return [
        source.place(path, node.lineno)
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def test_only_programs_a_person_looks_at_print() -> None:
    found = [place for path in source.code() if not relative(path).startswith(PRINTING) for place in prints(path)]
    assert not found, found


def money_smells(path: Path) -> list[str]:
    """Amounts in minor units that are not whole numbers: declared as something else, or divided with a remainder lost."""
    found = []
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
            if name.endswith("_minor") and re.search("float|Decimal", ast.unparse(node.annotation)):
                found.append(source.place(path, node.lineno))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            sides = (ast.unparse(node.left), ast.unparse(node.right))
            if any(side.endswith("_minor") for side in sides):
                found.append(source.place(path, node.lineno))
    return found


def test_money_stays_a_whole_number() -> None:
    # A benchmark may divide: it shows averages and moves no money.
    found = [place for path in source.code() if not relative(path).startswith("bench") for place in money_smells(path)]
    assert not found, found


@pytest.mark.parametrize("text", ["def f(fee_minor: float): ...", "share = order.amount_minor / 2", "x_minor: Decimal"])
def test_money_that_is_not_whole_is_found(text: str, tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(text)
    assert money_smells(path)


@pytest.mark.parametrize("text", ["def f(fee_minor: int): ...", "share = amount_minor // 2", "path = root / 'a_minor.txt'"])
def test_whole_money_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(text)
    assert not money_smells(path)


def speaking_files() -> list[Path]:
    """Everything of ours that is text: vendored files speak for others, and what a fuzzer found is octets."""
    others = {"vendor", "corpus", "smpp_corpus"}
    endings = {".py", ".md", ".html", ".toml", ".txt", ".sh", ".cfg", ".conf", ".service", ".po", ".cnf", ""}
    return [
        path
        for path in source.files(source.ROOT)
        if path.suffix in endings and not others & {*path.parts} and path.name != "LICENSE" and path != Path(__file__)
    ]


def test_no_text_speaks_of_work_left_over() -> None:
    found = [
        f"{relative(path)}: {match.group()}" for path in speaking_files() for match in UNWANTED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found, found


def test_there_is_more_test_code_than_code() -> None:
    # A benchmark is neither: it measures, beside the suite, and is tried by being run.
    code = sum(source.lines_of_text(path) for path in source.code() if not relative(path).startswith("bench"))
    tests = sum(map(source.lines_of_text, source.tests()))
    ratio = tests / code
    assert ratio >= TESTS_TO_CODE, f"{tests} lines of tests for {code} lines of code: {ratio:.2f}"


def mirrored(folder: Path) -> bool:
    """Does a folder of tests stand where a folder of the code, or one of its modules, stands?"""
    name = folder.relative_to(source.ROOT / "tests").as_posix()
    places = [source.ROOT / name, source.ROOT / "platform" / name]
    return any(place.is_dir() or place.with_suffix(".py").is_file() for place in places)


def test_the_tests_mirror_the_tree() -> None:
    folders = {path.parent for path in source.tests()} - {source.ROOT / "tests"}
    astray = [
        relative(folder)
        for folder in folders
        if folder.relative_to(source.ROOT / "tests").parts[0] not in WHOLE_PRODUCT and not mirrored(folder)
    ]
    assert not astray, astray


def test_the_length_of_a_function_leaves_its_docstring_out(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text('def f():\n    """One\n    two.\n    """\n    return 1\n\n\nclass A:\n    async def g(self): ...\n')
    assert [(function.name, function.lines) for function in source.functions(path)] == [("f", 2), ("g", 1)]
