"""What a link to the carrier platform is told: where it is, who we are there, and how long to wait."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recharge.suppliers.contract import Caps, LinkMisconfigured, LinkParts, StatementTimes

SHORTEST_SECRET = 32
# The carrier's days and times are China standard time whatever the deployment's own zone (sections 4 and 8 of the protocol page).
CARRIER_ZONE = ZoneInfo("Asia/Shanghai")
STATEMENT_READY = time(2, 0)


class CarrierPlatformSettings(BaseModel):
    """The settings stored with the link, times in seconds. The defaults are those of the protocol page, sections 1 and 5.2."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    partner: str = Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")
    connect_seconds: float = Field(default=3, gt=0, le=10)
    # Must end well within the dispatcher's lease, whose shortest setting is 45 s.
    answer_seconds: float = Field(default=30, gt=0, le=35)
    statement_seconds: float = Field(default=120, gt=0)
    # Below the carrier's 75 s, so that no request goes into a connection that is just being closed.
    idle_seconds: float = Field(default=60, gt=0)
    most_connections: int = Field(default=400, gt=0, le=400)
    settle_seconds: int = Field(default=900, ge=0)
    slow_seconds: float = Field(default=15, gt=0)

    @property
    def caps(self) -> Caps:
        """What the platform can do, as the protocol page says."""
        return Caps(
            query=True,
            reverse=True,
            balance=True,
            statement=StatementTimes(CARRIER_ZONE, STATEMENT_READY),
            callback=True,
            idempotent_submit=True,
            partial=True,
            settle_window=timedelta(seconds=self.settle_seconds),
            answers_within=timedelta(seconds=self.slow_seconds),
        )


def read_settings(parts: LinkParts) -> CarrierPlatformSettings:
    """The link's settings. Raises LinkMisconfigured, which names the fields that are wrong but none of their values."""
    if len(parts.secret) < SHORTEST_SECRET:
        raise LinkMisconfigured(f"link {parts.code}: its secret has fewer than {SHORTEST_SECRET} bytes")
    try:
        return CarrierPlatformSettings.model_validate(dict(parts.settings))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise LinkMisconfigured(f"link {parts.code}: {wrong}") from None
