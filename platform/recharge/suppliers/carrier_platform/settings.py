"""What a link to the carrier platform is told: where it is, who we are there, and how long to wait."""

from datetime import time
from zoneinfo import ZoneInfo

from pydantic import Field

from recharge.suppliers.contract import Caps, LinkParts, StatementTimes
from recharge.suppliers.http import HttpLinkSettings, http_caps, read_model

SHORTEST_SECRET = 32
# The carrier's days and times are China standard time whatever the deployment's own zone (sections 4 and 8 of the protocol page).
CARRIER_ZONE = ZoneInfo("Asia/Shanghai")
STATEMENT_READY = time(2, 0)


class CarrierPlatformSettings(HttpLinkSettings):
    """The settings stored with the link, times in seconds. The defaults are those of the protocol page, sections 1 and 5.2."""

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    partner: str = Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")
    statement_seconds: float = Field(default=120, gt=0)

    @property
    def caps(self) -> Caps:
        """What the platform can do, as the protocol page says."""
        can = ("query", "reverse", "balance", "callback", "idempotent_submit", "partial")
        return http_caps(self, *can, statement=StatementTimes(CARRIER_ZONE, STATEMENT_READY))


def read_settings(parts: LinkParts) -> CarrierPlatformSettings:
    """The link's settings. Raises LinkMisconfigured, which names the fields that are wrong but none of their values."""
    return read_model(CarrierPlatformSettings, parts, SHORTEST_SECRET)
