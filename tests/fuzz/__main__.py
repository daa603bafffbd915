"""`python -m tests.fuzz TARGET [libFuzzer options]`: fuzz one parser, starting from its kept corpus. Needs atheris from PyPI."""

import importlib
import sys
import tempfile
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run until something is found or the options say enough."""
    # Not a requirement of the suite: it has no wheel for every machine.
    atheris = importlib.import_module("atheris")
    # The parsers alone are watched; everything they stand on would take minutes to prepare.
    with atheris.instrument_imports(include=["stk_sms"]):
        targets = importlib.import_module("tests.fuzz.targets")
    if not arguments or arguments[0] not in targets.TARGETS:
        sys.exit(f"one of: {' '.join(targets.TARGETS)}")
    name, *options = arguments
    with tempfile.TemporaryDirectory() as folder:
        for number, octets in enumerate(targets.corpus(name)):
            Path(folder, str(number)).write_bytes(octets)
        atheris.Setup([sys.argv[0], folder, *options], targets.TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
