"""`python -m pos --config FILE`: access for POS terminals as a process (docs/pos.md)."""

import asyncio

from pos.configuration import Configuration, read_configuration
from pos.keys.vault import VaultError
from pos.service import Service
from recharge import announce, load_settings, open_engine, run_channel, told_to_stop


async def serve(configuration: Configuration) -> None:
    """Until SIGTERM or SIGINT; writes the ready line once every place is listened at."""
    settings, over = load_settings(), told_to_stop()
    engine = await asyncio.to_thread(open_engine, settings)
    try:
        await Service(engine, configuration, settings).run(over, lambda: announce("pos ready"))
    finally:
        await asyncio.to_thread(engine.close)


def main() -> None:
    """Read the command line and serve."""
    run_channel("pos", "POS terminals over IP (ISO 8583).", read_configuration, lambda told: asyncio.run(serve(told)), (VaultError,))


if __name__ == "__main__":
    main()
