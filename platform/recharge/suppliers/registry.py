"""Link kinds by name: the name is the folder under suppliers/ and stands in the link's row."""

from importlib import import_module

from recharge.suppliers.contract import LinkMaker, LinkMisconfigured, LinkParts, SupplierLink

KINDS = frozenset({"carrier_platform", "chip_modem", "h2h", "md5_form", "pretups", "ucip"})


def make_link(kind: str, parts: LinkParts) -> SupplierLink:
    """A link of a kind. Raises LinkMisconfigured for an unknown kind or unusable settings."""
    if kind not in KINDS:
        raise LinkMisconfigured(f"link {parts.code}: there is no link kind {kind}")
    # Loaded when it is wanted: a process without links, and every command, starts in half the time without their libraries.
    make: LinkMaker = import_module(f"recharge.suppliers.{kind}.link").make
    return make(parts)
