"""Where things stand, what is installed, and what must never be in the repository."""

import ast
import hashlib
import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support import source

ROOT = source.ROOT
VENDOR = ROOT / "web" / "static" / "vendor"
TARGETS = ("help", "setup", "run", "test", "check", "bench", "translations")
PINNED = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][A-Za-z0-9.]*")
REQUIREMENT_FILES = ("requirements.txt", "requirements-dev.txt", "requirements-mariadb.txt")
# Where packages come from is the machine's business; where the repository lay when it was written is nobody's.
PACKAGE_HOSTS = re.compile(
    r"--(?:extra-)?index-url|--find-links|--trusted-host|index-url\s*=|pypi\.org|pythonhosted|registry\.npmjs|"
    r"registry\s*=\s*http"
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users)/|/\.pyenv/")
MEGABYTE = 1_000_000


def project() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def at(table: dict[str, object], *keys: str) -> object:
    """A value deep in the project's settings."""
    value: object = table
    for key in keys:
        assert isinstance(value, dict), keys
        value = value[key]
    return value


def requirement_lines(name: str) -> list[str]:
    lines = (line.strip() for line in (ROOT / name).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def pins(*names: str) -> dict[str, str]:
    lines = [line for name in names for line in requirement_lines(name) if line != "-e ."]
    return dict(line.split("==") for line in lines)


def own_text() -> list[Path]:
    """Text files of ours, this one left out: it has to name what it forbids."""
    binary = {".png", ".jpg", ".ico", ".mo", ".woff2", ".pdf", ".xlsx", ".sqlite3", ".gbk"}
    # What a fuzzer has found is octets, not words.
    others = {"vendor", "corpus", "smpp_corpus"}
    return [path for path in source.files(ROOT) if path.suffix not in binary and not others & {*path.parts} and path != Path(__file__)]


def sightings(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {match.group()}" for path in own_text() for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]


class TestFolders:
    def test_platform_is_not_a_package(self) -> None:
        assert not (ROOT / "platform" / "__init__.py").exists()

    @pytest.mark.parametrize("folder", [ROOT, ROOT / "platform"])
    def test_pythons_own_platform_module_is_not_hidden(self, folder: Path) -> None:
        command = [sys.executable, "-c", "import platform; print(platform.__file__)"]
        found = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
        assert Path(found).resolve().is_relative_to(Path(sysconfig.get_path("stdlib")).resolve())

    @pytest.mark.parametrize(
        "package",
        [
            "platform/gsm",
            "platform/recharge",
            *(f"platform/recharge/{name}" for name in ("domain", "engine", "books", "suppliers", "dispatch", "outbox", "keys")),
            "stk_sms",
            "ivr",
            "pos",
            "web",
            "bank_settle",
            "migrations",
            "simulators",
            "bench",
        ],
    )
    def test_a_package_stands_where_the_architecture_puts_it(self, package: str) -> None:
        assert (ROOT / package / "__init__.py").is_file()

    @pytest.mark.parametrize("folder", ["docs", "deploy", "tests", "tools"])
    def test_a_folder_stands_where_the_architecture_puts_it(self, folder: str) -> None:
        assert any((ROOT / folder).iterdir())

    def test_the_wheel_has_every_package(self) -> None:
        packages = at(project(), "tool", "hatch", "build", "targets", "wheel", "packages")
        assert isinstance(packages, list)
        assert {"platform/gsm", "platform/recharge", "stk_sms", "ivr", "pos", "web", "bank_settle", "migrations"} <= set(packages)
        assert all((ROOT / package / "__init__.py").is_file() for package in packages)

    def test_both_roots_are_known_in_development(self) -> None:
        assert at(project(), "tool", "hatch", "build", "dev-mode-dirs") == [".", "platform"]

    def test_the_linter_is_not_blinded(self) -> None:
        ruff = at(project(), "tool", "ruff")
        assert isinstance(ruff, dict)
        assert "src" not in ruff


class TestDomain:
    def test_the_domain_needs_the_standard_library_only(self) -> None:
        foreign = [
            f"{path.name}: {name}"
            for path in source.modules("platform/recharge/domain")
            for name in imported(path)
            if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("recharge.domain")
        ]
        assert not foreign, foreign

    def test_a_foreign_import_is_seen(self, tmp_path: Path) -> None:
        path = tmp_path / "sample.py"
        path.write_text("import sqlalchemy.orm\nfrom flask import g\nfrom . import near\n")
        assert imported(path) == ["sqlalchemy.orm", "flask"]


def imported(path: Path) -> list[str]:
    """Modules a file imports by full name; relative imports stay in the package."""
    names: list[str] = []
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module or "")
    return names


class TestRequirements:
    @pytest.mark.parametrize("name", REQUIREMENT_FILES)
    def test_every_line_is_pinned(self, name: str) -> None:
        loose = [line for line in requirement_lines(name) if line != "-e ." and not PINNED.fullmatch(line)]
        assert not loose, loose

    def test_the_product_itself_comes_last(self) -> None:
        assert requirement_lines("requirements.txt")[-1] == "-e ."

    def test_no_line_is_written_twice(self) -> None:
        lines = [line for name in REQUIREMENT_FILES for line in requirement_lines(name)]
        assert len(lines) == len(set(lines))

    def test_what_the_code_imports_is_pinned(self) -> None:
        declared = at(project(), "project", "dependencies")
        assert isinstance(declared, list)
        pinned = pins("requirements.txt")
        for line in declared:
            requirement = Requirement(line)
            assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), line

    @pytest.mark.parametrize("names", [("requirements.txt",), ("requirements.txt", "requirements-dev.txt")])
    def test_nothing_is_installed_that_is_not_pinned(self, names: tuple[str, ...]) -> None:
        pinned = pins(*names)
        unpinned = {f"{name} needs {need}" for name in pinned for need in needs(name) if need not in pinned}
        assert not unpinned, unpinned

    def test_what_is_installed_is_what_is_pinned(self) -> None:
        pinned = pins("requirements.txt", "requirements-dev.txt")
        installed = {name: importlib.metadata.version(name) for name in pinned}
        assert installed == pinned

    def test_nothing_at_run_time_binds_the_product_to_another_licence(self) -> None:
        # The LGPL binds changes to the library itself, which we only import.
        licences = {name: licence_of(name).replace("LGPL", "") for name in pins("requirements.txt")}
        bound = [f"{name}: {licence}" for name, licence in licences.items() if "GPL" in licence]
        assert not bound, bound

    def test_the_mariadb_driver_stays_apart(self) -> None:
        assert "mysqlclient" not in pins("requirements.txt", "requirements-dev.txt")
        assert "mysqlclient" in pins("requirements-mariadb.txt")


def needs(name: str) -> list[str]:
    """What an installed package needs on this machine, without its extras."""
    wanted = map(Requirement, importlib.metadata.requires(name) or [])
    return [canonicalize_name(need.name) for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]


def licence_of(name: str) -> str:
    """What a package says about its licence, in a word."""
    facts = importlib.metadata.metadata(name).json
    classifiers = facts.get("classifier", [])
    licences = [text for text in classifiers if text.startswith("License")]
    return str(facts.get("license_expression") or "; ".join(licences) or facts.get("license", ""))[:80]


class TestRepository:
    def test_no_package_host_is_written_down(self) -> None:
        assert not sightings(PACKAGE_HOSTS)

    def test_no_path_of_one_machine_is_written_down(self) -> None:
        assert not sightings(MACHINE_PATHS)

    def test_there_is_no_private_key(self) -> None:
        assert not sightings(re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"))

    @pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
    def test_the_first_page_opens_with_the_two_commands(self, name: str) -> None:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert -1 < text.find("make run") < text.find("make test") < 600

    def test_the_licence_is_apache(self) -> None:
        assert "Apache License" in (ROOT / "LICENSE").read_text()
        assert at(project(), "project", "license") == "Apache-2.0"

    @pytest.mark.parametrize("target", TARGETS)
    def test_make_help_lists_each_target(self, target: str) -> None:
        shown = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        assert re.search(rf"^\s+{target}\s+\S", shown, re.MULTILINE)

    def test_make_alone_is_make_help(self) -> None:
        dry = subprocess.run(["make", "-n"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        assert "make TARGET" in dry

    def test_scripts_can_be_run(self) -> None:
        scripts = [path for path in [*(ROOT / "tools").iterdir(), ROOT / ".ci" / "run"] if path.is_file()]
        for path in scripts:
            if path.read_bytes()[:2] == b"#!":
                assert os.access(path, os.X_OK), path


class TestVendor:
    def listed(self) -> dict[str, str]:
        rows = re.findall(r"^\| (\S+) \| \S+ \| [0-9.]+ \| \S+ \| ([0-9a-f]{64}) \|$", (VENDOR / "VERSIONS.md").read_text(), re.MULTILINE)
        return dict(rows)

    def test_every_vendored_file_is_listed_with_its_digest(self) -> None:
        present = {
            path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in source.files(VENDOR)
            if path.name != "VERSIONS.md"
        }
        assert present == self.listed()

    def test_vendored_files_stay_small(self) -> None:
        assert sum(path.stat().st_size for path in source.files(VENDOR)) < 1.5 * MEGABYTE

    def test_no_source_map_is_kept(self) -> None:
        assert not [path for path in source.files(VENDOR) if path.suffix == ".map"]

    def test_no_style_sheet_loads_from_elsewhere(self) -> None:
        for path in VENDOR.glob("*.css"):
            assert not re.search(r"url\((?!\s*['\"]?(?:data:|#))|@import", path.read_text(encoding="utf-8")), path
