"""`python -m stk_sms --config FILE`: the SMS gateway as a process (docs/sms.md)."""

import asyncio

from recharge import announce, load_settings, open_engine, run_channel, told_to_stop
from stk_sms.configuration import Configuration, read_configuration
from stk_sms.service import Service


async def serve(configuration: Configuration) -> None:
    """Until SIGTERM or SIGINT; writes the ready line once every link is open."""
    settings, over = load_settings(), told_to_stop()
    engine = open_engine(settings)
    try:
        await Service(engine, configuration, settings).run(over, lambda: announce("sms gateway ready"))
    finally:
        engine.close()


def main() -> None:
    """Read the command line and serve."""
    description = "SMS gateway: links to the networks over SMPP and HTTP."
    run_channel("stk_sms", description, read_configuration, lambda told: asyncio.run(serve(told)))


if __name__ == "__main__":
    main()
