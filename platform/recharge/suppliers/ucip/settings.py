"""What a UCIP link is told: the AIR node, who we are to it, and how it is to fill accounts up."""

from typing import Literal

from pydantic import Field

from recharge.suppliers.amounts import Unit
from recharge.suppliers.contract import Caps, LinkParts
from recharge.suppliers.http import HttpLinkSettings, Zone, http_caps, read_model

_NAME = r"^[A-Za-z0-9_.-]{1,40}$"


class UcipSettings(HttpLinkSettings):
    """The settings stored with the link.

    `balance_evidence`: ask for the subscriber's balance before each refill, so that an outcome that stayed unknown can be ended by the
    balance having risen by exactly the refill's amount. Without it nobody can ask AIR what became of a refill.
    """

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    user: str = Field(pattern=_NAME)
    host_name: str = Field(pattern=_NAME)
    node_type: str = Field(default="EXT", pattern=r"^(EXT|AIR|ADM|UGW|IVR|OGW|SDP)$")
    user_agent: str = Field(default="UGw Server/5.0/1.0", pattern=r"^[\x20-\x7e]{1,80}$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    unit: Literal[Unit.MINOR, Unit.WHOLE] = Unit.MINOR
    refill_profile: str = Field(pattern=r"^[A-Za-z0-9_]{1,4}$")
    number_plan: int | None = Field(default=None, ge=0, le=2)
    number_prefix: str = Field(default="", pattern=r"^[0-9]{0,4}$")
    drop_zero: bool = False
    zone: Zone = "UTC"
    external_data: str = Field(default="", pattern=r"^[A-Za-z0-9_ .-]{0,128}$")
    balance_evidence: bool = True
    can_reverse: bool = False

    @property
    def caps(self) -> Caps:
        """What AIR can do for us. It keeps no stock of ours, tells nothing by itself and has no statement."""
        can = {"query": self.balance_evidence, "reverse": self.can_reverse}
        return http_caps(self, *(name for name, there in can.items() if there))


def read_settings(parts: LinkParts) -> UcipSettings:
    """The link's settings; its secret is the user's password. Raises LinkMisconfigured, which names the fields but none of their values."""
    return read_model(UcipSettings, parts, shortest_secret=1)
