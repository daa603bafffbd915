"""`python -m simulators.carrier`: run the simulated carrier platform as a process of its own."""

import argparse
import asyncio
from pathlib import Path

from simulators.carrier.app import Options, run
from simulators.carrier.behaviour import BEHAVIOURS
from simulators.carrier.texts import behaviour_text


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.carrier",
        description="A provincial carrier's recharge platform, simulated (docs/carrier-protocol.md).",
        epilog="Behaviours: " + "; ".join(f"{name} ({behaviour_text(name, 'en')})" for name in BEHAVIOURS),
    )
    parser.add_argument("--port", type=int, required=True, help="port of the platform and of the control page")
    parser.add_argument("--control-port", type=int, default=0, help="a second port, for the control side alone")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (this machine only by default)")
    parser.add_argument("--ledger", type=Path, required=True, help="SQLite file of the carrier's own ledger")
    parser.add_argument("--secret-file", type=Path, required=True, help="file with the secret shared with the partner")
    parser.add_argument("--partner", default="province-agent", help="the partner's name")
    parser.add_argument("--callback-url", default="", help="where callbacks go; none are sent without it")
    parser.add_argument("--seed", type=int, default=1, help="seed of everything left to chance")
    parser.add_argument("--behaviour", choices=sorted(BEHAVIOURS), default="ok", metavar="NAME", help="how it behaves")
    parser.add_argument("--stock", type=int, default=10_000_000_000, help="opening stock of a new ledger, in fen")
    parser.add_argument("--discount", type=int, default=0, help="what the partner is charged less than the face value, in basis points")
    parser.add_argument("--no-dedupe", action="store_true", help="a broken carrier: a repeated reference is done again")
    return parser.parse_args()


def main() -> None:
    """Read the command line and serve."""
    told = _arguments()
    options = Options(
        port=told.port,
        ledger=told.ledger,
        secret=told.secret_file.read_bytes().rstrip(b"\r\n"),
        partner=told.partner,
        host=told.host,
        control_port=told.control_port,
        callback_url=told.callback_url,
        seed=told.seed,
        behaviour=told.behaviour,
        stock_minor=told.stock,
        discount_basis_points=told.discount,
        dedupe=not told.no_dedupe,
    )
    asyncio.run(run(options))


if __name__ == "__main__":
    main()
