"""`python -m pos --config FILE`: access for POS terminals as a process."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from pos.configuration import BadConfiguration, Configuration, read_configuration
from pos.keys.vault import VaultError
from pos.service import Service
from recharge import SettingsError, load_settings, open_engine


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pos", description="POS terminals over IP (ISO 8583).")
    parser.add_argument("--config", type=Path, required=True, help="the channel's settings (docs/pos.md)")
    parser.add_argument("--check", action="store_true", help="read the settings, say whether they can be used, and end")
    return parser.parse_args()


async def serve(configuration: Configuration) -> None:
    """Until SIGTERM or SIGINT; writes the ready line once every place is listened at."""
    settings = load_settings()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    engine = await asyncio.to_thread(open_engine, settings)
    try:
        await Service(engine, configuration, settings).run(over, lambda: _say("pos ready"))
    finally:
        await asyncio.to_thread(engine.close)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line and serve."""
    told = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        configuration = read_configuration(told.config)
        if told.check:
            _say("ok")
            return
        asyncio.run(serve(configuration))
    except (BadConfiguration, SettingsError, VaultError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
