"""`python -m recharge.tryout.forks`: runs one program of ours after another, each as `python -m` would, in a copy of itself.

Loading a program takes longer than most of what the programs of a set-up do; a copy (fork) of a process begins with all of it loaded.
One line of JSON in, with the module, its words, its whole environment and what is typed; one line out, with how it ended and what it said.
It ends when its input does.
"""

import gc
import importlib
import json
import os
import runpy
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import IO, Any

_OWNER_ONLY = 0o077


def main() -> None:
    """Serve until the input ends. Files that the programs make are the owner's alone."""
    os.umask(_OWNER_ONLY)
    while line := sys.stdin.buffer.readline():
        told = json.loads(line)
        importlib.import_module(told["module"])
        # What is loaded is there for good: a copy that looked through it for garbage would take every page of it for itself.
        gc.collect()
        gc.freeze()
        with tempfile.TemporaryFile() as typed, tempfile.TemporaryFile() as said:
            typed.write(told["typed"].encode())
            typed.seek(0)
            status = _run(told, typed, said)
            said.seek(0)
            sys.stdout.write(json.dumps({"status": status, "said": said.read().decode()}) + "\n")
        sys.stdout.flush()


def _run(told: Mapping[str, Any], typed: IO[bytes], said: IO[bytes]) -> int:
    """How the program ended; its copy of this process never comes back from here."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.dup2(typed.fileno(), sys.stdin.fileno())
    os.dup2(said.fileno(), sys.stdout.fileno())
    os.environ.clear()
    os.environ.update(told["environment"])
    time.tzset()
    sys.argv[1:] = told["words"]
    # What is loaded is kept but for the program itself, which `python -m` runs under another name.
    sys.modules.pop(told["module"], None)
    runpy.run_module(told["module"], run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main()
