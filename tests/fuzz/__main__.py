"""`python -m tests.fuzz TARGET [libFuzzer options]`: fuzz one parser, starting from its kept corpus. Needs atheris from PyPI."""

import importlib
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS, corpus


def main(arguments: list[str]) -> None:
    """Run until something is found or the options say enough."""
    if not arguments or arguments[0] not in TARGETS:
        sys.exit(f"one of: {' '.join(TARGETS)}")
    # Not a requirement of the suite: it has no wheel for every machine.
    atheris = importlib.import_module("atheris")

    name, *options = arguments
    with tempfile.TemporaryDirectory() as folder:
        for number, octets in enumerate(corpus(name)):
            Path(folder, str(number)).write_bytes(octets)
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], folder, *options], TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
