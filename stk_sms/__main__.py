"""`python -m stk_sms --config FILE`: the SMS gateway as a process."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from recharge import load_settings, open_engine
from stk_sms.configuration import BadConfiguration, Configuration, read_configuration
from stk_sms.service import Service


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stk_sms", description="SMS gateway: links to the networks over SMPP and HTTP.")
    parser.add_argument("--config", type=Path, required=True, help="the channel's settings (docs/sms.md)")
    parser.add_argument("--check", action="store_true", help="read the settings, say whether they can be used, and end")
    return parser.parse_args()


async def serve(configuration: Configuration) -> None:
    """Until SIGTERM or SIGINT; writes the ready line once every link is open."""
    settings = load_settings()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    engine = open_engine(settings)
    try:
        service = Service(engine, configuration, settings)
        await service.run(over, lambda: _say("sms gateway ready"))
    finally:
        engine.close()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line and serve."""
    told = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        configuration = read_configuration(told.config)
    except BadConfiguration as error:
        sys.exit(str(error))
    if told.check:
        _say("ok")
        return
    asyncio.run(serve(configuration))


if __name__ == "__main__":
    main()
