"""What every channel's process does alike: reads its command line and a settings file of its own, logs, and says when it is ready."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from recharge.settings import SettingsError

_OTHERS = 0o027


class BadConfiguration(Exception):
    """A file that cannot be used; the text names everything that is wrong, and no secret."""


class ConfigurationPart(BaseModel):
    """A part of a channel's settings: nothing unknown is let in, and what is wrong is told without its value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


Part = TypeVar("Part", bound=ConfigurationPart)


def read_configuration_file(path: Path, kind: type[Part]) -> Part:
    """The settings in a JSON file that only its owner and group can read. Raises BadConfiguration."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise BadConfiguration(f"{path} is open to others (chmod 640 {path})")
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadConfiguration(f"{path} cannot be read ({error.strerror})") from None
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc'])) or path.name}: {item['msg']}" for item in error.errors(include_input=False)]
        raise BadConfiguration("\n".join(lines)) from None


def run_channel(
    module: str,
    description: str,
    read: Callable[[Path], Part],
    serve: Callable[[Part], None],
    refusals: tuple[type[Exception], ...] = (),
) -> None:
    """The whole of `python -m MODULE --config FILE [--check]`.

    `read` raises BadConfiguration. What is raised on the way of SettingsError or `refusals` is one sentence and exit status 1.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--config", type=Path, required=True, help="the channel's settings")
    parser.add_argument("--check", action="store_true", help="read the settings, say whether they can be used, and end")
    told = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    told_to_people: tuple[type[Exception], ...] = (BadConfiguration, SettingsError, *refusals)
    try:
        configuration = read(told.config)
        if told.check:
            announce("ok")
        else:
            serve(configuration)
    except told_to_people as error:
        sys.exit(str(error))


def told_to_stop() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set, in the running loop."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    return over


def announce(line: str) -> None:
    """Tell whoever started the process, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
