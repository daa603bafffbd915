"""What a PreTUPS link is told: the gateway's address and names, our dealer there, and how this installation writes things."""

import json
from datetime import time
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from recharge.suppliers.amounts import Unit
from recharge.suppliers.contract import Caps, LinkMisconfigured, LinkParts, StatementTimes
from recharge.suppliers.http import HttpLinkSettings, Zone, http_caps, read_model

_TOKEN = r"^[A-Za-z0-9_.@-]{1,40}$"  # noqa: S105  what a name may look like


class PretupsSettings(HttpLinkSettings):
    """The settings stored with the link.

    `codes` adds codes of this installation to the table: a code's meaning may be failed, not_sent, accepted or unknown, never success.
    `not_found_codes` are what a status request is answered when the gateway knows no such order. `way`: commands as the body of a POST, or
    in the field DATA of a GET's address. `report_url` is where the operator's day report is, with `{day}` (20261121) in it.
    """

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    gateway_code: str = Field(pattern=_TOKEN)
    gateway_type: str = Field(default="EXTGW", pattern=_TOKEN)
    source_type: str = Field(default="EXTGW", pattern=_TOKEN)
    service_port: str = Field(default="190", pattern=r"^[0-9]{1,5}$")
    login: str = Field(pattern=_TOKEN)
    network: str = Field(pattern=r"^[A-Z0-9]{1,10}$")
    msisdn: str = Field(pattern=r"^[0-9]{6,15}$")
    login_id: str = Field(default="", pattern=r"^[A-Za-z0-9_.@-]{0,40}$")
    ext_code: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,40}$")
    language1: str = Field(default="0", pattern=r"^[0-9]{1,2}$")
    language2: str = Field(default="0", pattern=r"^[0-9]{1,2}$")
    selector: str = Field(default="1", pattern=r"^[0-9]{1,3}$")
    bill_selector: str = Field(default="1", pattern=r"^[0-9]{1,3}$")
    unit: Unit = Unit.WHOLE
    number_prefix: str = Field(default="", pattern=r"^[0-9]{0,4}$")
    drop_zero: bool = False
    pin_base64: bool = False
    date_format: str = "%d/%m/%Y %H:%M:%S"
    zone: Zone = "UTC"
    status_field: Literal["REQSTATUS", "TXNSTATUS"] = "REQSTATUS"
    echoes_reference: bool = True
    can_reverse: bool = False
    product_code: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,20}$")
    codes: dict[str, Literal["failed", "not_sent", "accepted", "unknown"]] = Field(default_factory=dict)
    not_found_codes: frozenset[str] = frozenset()
    way: Literal["post", "data"] = "post"
    report_url: str = Field(default="", pattern=r"^(https?://[^\s#]*\{day\}[^\s#]*)?$")
    report_ready: time = time(6, 0)
    report_seconds: float = Field(default=120, gt=0, le=600)

    @property
    def caps(self) -> Caps:
        """What the gateway can do for us; it has no callbacks, and a statement only where the operator's day report can be fetched."""
        times = StatementTimes(ZoneInfo(self.zone), self.report_ready) if self.report_url else None
        return http_caps(self, "query", "balance", *(("reverse",) if self.can_reverse else ()), statement=times)


class PretupsSecret(BaseModel):
    """The link's secret, as JSON: the gateway's password and the dealer's PIN; `user_password` where a login id is used."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    password: str = Field(min_length=1, repr=False)
    pin: str = Field(min_length=1, repr=False)
    user_password: str = Field(default="", repr=False)


def read_settings(parts: LinkParts) -> tuple[PretupsSettings, PretupsSecret]:
    """The link's settings and secret. Raises LinkMisconfigured, which names the fields that are wrong but none of their values."""
    settings = read_model(PretupsSettings, parts)
    try:
        told = json.loads(parts.secret)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise LinkMisconfigured(f"link {parts.code}: its secret is not a JSON object with password and pin")
    return settings, read_model(PretupsSecret, LinkParts(parts.code, told, b"", parts.clock))
