"""`python -m simulators.partner`: run the other recharge server as a process of its own."""

from simulators.partner.app import Member, Partner
from simulators.supplier.start import parser_of, run


def main() -> None:
    """Read the command line and serve."""
    parser = parser_of("partner", "Another recharge server (IRS and OtomaX dialects), simulated.")
    parser.add_argument("--member", default="AGENT")
    parser.add_argument("--pin", default="1234")
    parser.add_argument("--password", default="partner")
    parser.add_argument("--product", action="append", default=[], metavar="CODE=MINOR", help="a product and its face value")
    parser.add_argument("--callback-url", default="", help="where callbacks go; none are sent without it")
    parser.add_argument("--callback-key", default="", help="goes with each callback")
    told = parser.parse_args()
    faces = {code: int(face) for code, _, face in (item.partition("=") for item in told.product or ["S10=1000", "S50=5000"])}
    member = Member(told.member, told.pin, told.password, told.callback_url, told.callback_key)
    run("partner", told, lambda shop: Partner(shop, member, faces, told.minor_digits))


if __name__ == "__main__":
    main()
