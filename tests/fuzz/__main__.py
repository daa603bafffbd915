"""`python -m tests.fuzz TARGET [libFuzzer options]`: fuzz one parser, starting from its kept corpus. Needs atheris from PyPI."""

import importlib
import sys
import tempfile
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run until something is found or the options say enough (-runs=100000, -max_total_time=60)."""
    # Not a requirement of the suite: it has no wheel for every machine.
    atheris = importlib.import_module("atheris")
    # The parsers alone are watched; everything they stand on would take minutes to prepare.
    with atheris.instrument_imports(include=["stk_sms", "pos"]):
        every = importlib.import_module("tests.fuzz.every").EVERY
    if not arguments or arguments[0] not in every:
        sys.exit(f"one of: {' '.join(every)}")
    name, *options = arguments
    target, corpus = every[name]
    with tempfile.TemporaryDirectory() as folder:
        for number, octets in enumerate(corpus):
            Path(folder, str(number)).write_bytes(octets)
        atheris.Setup([sys.argv[0], folder, *options], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
