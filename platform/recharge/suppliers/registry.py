"""Link kinds by name: the name is the folder under suppliers/ and stands in the link's row."""

from recharge.suppliers.carrier_platform.link import make as carrier_platform
from recharge.suppliers.chip_modem.link import make as chip_modem
from recharge.suppliers.contract import LinkMaker, LinkMisconfigured, LinkParts, SupplierLink
from recharge.suppliers.h2h.link import make as h2h
from recharge.suppliers.md5_form.link import make as md5_form
from recharge.suppliers.pretups.link import make as pretups
from recharge.suppliers.ucip.link import make as ucip

KINDS: dict[str, LinkMaker] = {
    "carrier_platform": carrier_platform,
    "chip_modem": chip_modem,
    "h2h": h2h,
    "md5_form": md5_form,
    "pretups": pretups,
    "ucip": ucip,
}


def make_link(kind: str, parts: LinkParts) -> SupplierLink:
    """A link of a kind. Raises LinkMisconfigured for an unknown kind or unusable settings."""
    maker = KINDS.get(kind)
    if maker is None:
        raise LinkMisconfigured(f"link {parts.code}: there is no link kind {kind}")
    return maker(parts)
