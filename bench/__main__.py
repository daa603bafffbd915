"""`python -m bench NAME` runs bench/NAME.py."""

import importlib
import sys
from pathlib import Path


def main() -> int:
    """Run the benchmark named on the command line."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        print(f"which benchmark? one of: {', '.join(names)}", file=sys.stderr)
        return 2
    importlib.import_module(f"bench.{sys.argv[1]}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
