"""`python -m ivr --config FILE`: voice access as a process."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from ivr.configuration import BadConfiguration, Configuration, read_configuration
from ivr.service import Service
from recharge import load_settings, open_engine


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ivr", description="Voice access: calls through Asterisk.")
    parser.add_argument("--config", type=Path, required=True, help="the channel's settings (docs/ivr.md)")
    parser.add_argument("--check", action="store_true", help="read the settings, say whether they can be used, and end")
    return parser.parse_args()


def serve(configuration: Configuration) -> None:
    """Until SIGTERM or SIGINT; writes the ready line once every way to Asterisk is open."""
    settings = load_settings()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    engine = open_engine(settings)
    try:
        service = Service(engine, configuration, settings)
        service.run(over, lambda: _say(f"ivr ready{f' fastagi {service.fast_port}' if service.fast_port else ''}"))
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
        for box in configuration.asterisk:
            box.access()
    except BadConfiguration as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"secret_file: {error.strerror}")
    if told.check:
        _say("ok")
        return
    serve(configuration)


if __name__ == "__main__":
    main()
