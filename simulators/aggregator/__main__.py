"""`python -m simulators.aggregator`: run the simulated aggregator as a process of its own."""

from simulators.aggregator.app import Aggregator
from simulators.supplier.start import parser_of, run


def main() -> None:
    """Read the command line and serve."""
    parser = parser_of("aggregator", "An aggregator that speaks as yrapi and as ofpay do, simulated.")
    parser.add_argument("--user", default="10001", help="the customer's name")
    parser.add_argument("--key", default="aggregator-key", help="signs questions and notices")
    parser.add_argument("--password", default="aggregator", help="whose MD5 the ofpay language wants")
    told = parser.parse_args()
    run("aggregator", told, lambda shop: Aggregator(shop, told.user, told.key, told.password))


if __name__ == "__main__":
    main()
