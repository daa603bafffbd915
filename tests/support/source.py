"""Reads the product's own source, so that tests can hold the house rules over it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CODE_FOLDERS = (
    "platform/gsm",
    "platform/recharge",
    "stk_sms",
    "ivr",
    "pos",
    "web",
    "bank_settle",
    "simulators",
    "migrations",
    "bench",
    "tools",
)
# What tools and runs leave in the tree; none of it is source.
LEFT_BEHIND = {
    ".git", ".venv", "var", "build", "dist", "out", "node_modules", "__pycache__", ".pytest_cache", ".mypy_cache",
    ".ruff_cache", ".import_linter_cache", ".hypothesis",
}  # fmt: skip
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method: where it stands and how many lines it has, its docstring not counted."""

    path: Path
    line: int
    name: str
    lines: int

    def __str__(self) -> str:
        return f"{place(self.path, self.line)} {self.name}: {self.lines} lines"


def place(path: Path, line: int) -> str:
    """file:line, from the root of the repository."""
    return f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}:{line}"


def modules(*folders: str) -> list[Path]:
    """Every Python file in these folders of the repository, in order."""
    return sorted(path for folder in folders for path in files(ROOT / folder) if path.suffix == ".py")


def code() -> list[Path]:
    """The product's modules. Migrations' revisions are left out: each is one long list of columns."""
    entry = ROOT / "wsgi.py"
    found = [*modules(*CODE_FOLDERS), *([entry] if entry.exists() else [])]
    return [path for path in found if "versions" not in path.parts]


def tests() -> list[Path]:
    """The suite's modules."""
    return modules("tests")


def files(folder: Path) -> Iterator[Path]:
    """Every file under a folder that belongs to the source."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.name in LEFT_BEHIND or entry.name.endswith(".egg-info"):
            continue
        if entry.is_dir():
            yield from files(entry)
        else:
            yield entry


def tree(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def functions(path: Path) -> list[Function]:
    """Every function of a module, methods and nested ones too; a module is read once."""
    return [Function(path, node.lineno, node.name, length(node)) for node in ast.walk(tree(path)) if isinstance(node, FunctionNode)]


def length(node: FunctionNode) -> int:
    """Lines from `def` to the end without the docstring."""
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)


def lines_of_text(path: Path) -> int:
    """Lines that are not blank."""
    return sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def comments(path: Path) -> dict[int, str]:
    """What the comments of a module say, by line; words that only speak to a tool are left out."""
    readline = io.StringIO(path.read_text(encoding="utf-8")).readline
    said = {
        token.start[0]: re.sub(r"noqa(: [A-Z0-9, ]+)?|type: ignore(\[[^]]*\])?|pragma: [a-z ]+", "", token.string)
        for token in tokenize.generate_tokens(readline)
        if token.type == tokenize.COMMENT
    }
    return {line: text.strip("# ") for line, text in said.items() if text.strip("# ")}
