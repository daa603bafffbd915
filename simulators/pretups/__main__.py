"""`python -m simulators.pretups`: run the simulated gateway as a process of its own."""

from simulators.pretups.app import Access, Gateway
from simulators.supplier.start import parser_of, run


def main() -> None:
    """Read the command line and serve."""
    parser = parser_of("pretups", "A PreTUPS gateway (EXTGW), simulated.")
    parser.add_argument("--login", default="agent")
    parser.add_argument("--password", default="gateway")
    parser.add_argument("--pin", default="2468", help="of the dealer")
    told = parser.parse_args()
    run("pretups", told, lambda shop: Gateway(shop, Access(told.login, told.password, told.pin), told.minor_digits))


if __name__ == "__main__":
    main()
