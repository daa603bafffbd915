"""`python -m ivr --config FILE`: voice access as a process (docs/ivr.md)."""

import signal
import threading
from pathlib import Path

from ivr.configuration import BadConfiguration, Configuration, read_configuration
from ivr.service import Service
from recharge import announce, load_settings, open_engine, run_channel


def read(path: Path) -> Configuration:
    """The settings, once it is seen that the secrets they speak of can be read. Raises BadConfiguration."""
    configuration = read_configuration(path)
    try:
        for box in configuration.asterisk:
            box.access()
    except OSError as error:
        raise BadConfiguration(f"secret_file: {error.strerror}") from None
    return configuration


def serve(configuration: Configuration) -> None:
    """Until SIGTERM or SIGINT; writes the ready line once every way to Asterisk is open."""
    settings = load_settings()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    engine = open_engine(settings)
    try:
        service = Service(engine, configuration, settings)
        service.run(over, lambda: announce(f"ivr ready{f' fastagi {service.fast_port}' if service.fast_port else ''}"))
    finally:
        engine.close()


def main() -> None:
    """Read the command line and serve."""
    run_channel("ivr", "Voice access: calls through Asterisk.", read, serve)


if __name__ == "__main__":
    main()
