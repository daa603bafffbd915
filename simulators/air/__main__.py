"""`python -m simulators.air`: run the simulated AIR node as a process of its own."""

import signal
import threading
from contextlib import closing

from simulators.air.app import Air
from simulators.supplier.start import parser_of, shop_of


def main() -> None:
    """Read the command line and serve until SIGTERM or SIGINT."""
    parser = parser_of("air", "An Ericsson AIR node (UCIP), simulated on Python's own XML-RPC server.")
    parser.add_argument("--access", default="agent:air", help="user:password")
    told = parser.parse_args()
    shop = shop_of(told)
    with closing(shop.ledger), Air((told.host, told.port), shop, told.access) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=_stop, args=(server,)).start())
        print(f"air simulator ready on http://{told.host}:{told.port}", flush=True)
        server.serve_forever(poll_interval=0.1)


def _stop(server: Air) -> None:
    server.over.set()
    server.shutdown()


if __name__ == "__main__":
    main()
