"""What a link to another server is told: its addresses, what stands in them, and how its callbacks look."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recharge.suppliers.amounts import Unit
from recharge.suppliers.contract import Caps, LinkMisconfigured, LinkParts
from recharge.suppliers.h2h.codes import STATUSES, Told
from recharge.suppliers.http import HttpLinkSettings, http_caps, read_model

_CLOSED = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Address(BaseModel):
    """Where a question goes, with its fields: {reference} {number} {product} {amount} {user} {pin} {password} {sign} are filled in."""

    model_config = _CLOSED

    path: str = Field(pattern=r"^/[^\s?#]*$")
    fields: dict[str, str]


class CallbackForm(BaseModel):
    """The names of a callback's fields. Without `status` the text in `message` is read by the reply rules."""

    model_config = _CLOSED

    reference: str = ""
    status: str = ""
    statuses: dict[str, Told] = Field(default_factory=lambda: dict(STATUSES))
    number: str = ""
    serial_number: str = ""
    supplier_reference: str = ""
    message: str = ""
    key: str = Field(default="key", min_length=1)
    acknowledgement: str = "OK"


class H2hSettings(HttpLinkSettings):
    """The settings stored with the link.

    `query` is how an order is asked about: "resend" sends the very same request again, which such servers answer with the order's state
    because they know its reference; "address" asks at `status`; "none" waits for callbacks. `sign` otomax fills {sign}.
    `products` gives the server's product code by carrier and face value in minor units ("TSEL:1000000"), or by carrier alone.
    """

    url: str = Field(pattern=r"^https?://[^\s?#]+[^/\s?#]$")
    user: str = Field(pattern=r"^[A-Za-z0-9_.@-]{1,40}$")
    preset: str = ""
    submit: Address
    status: Address | None = None
    balance: Address | None = None
    query: Literal["resend", "address", "none"] = "none"
    sign: Literal["", "otomax"] = ""
    callback: CallbackForm | None = None
    unit: Unit = Unit.WHOLE
    products: dict[str, str] = Field(default_factory=dict)

    @property
    def caps(self) -> Caps:
        """What the server can do, by what was set."""
        can = {
            "query": self.query != "none",
            "idempotent_submit": self.query == "resend",
            "balance": self.balance is not None,
            "callback": self.callback is not None,
        }
        return http_caps(self, *(name for name, there in can.items() if there))


class H2hSecret(BaseModel):
    """The link's secret, as JSON. `callback_key` must come with every callback: such servers do not sign them."""

    model_config = _CLOSED

    password: str = Field(default="", repr=False)
    pin: str = Field(default="", repr=False)
    callback_key: str = Field(default="", repr=False)


# As published by the makers' documentation and by servers that speak these dialects; any part can be replaced in the settings.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "otomax": {
        "submit": {
            "path": "/trx",
            "fields": {"memberID": "{user}", "product": "{product}", "dest": "{number}", "refID": "{reference}", "sign": "{sign}"},
        },
        "query": "resend",
        "sign": "otomax",
        "callback": {"reference": "refid", "message": "message"},
    },
    "irs": {
        "submit": {
            "path": "/api/h2h",
            "fields": {
                "id": "{user}",
                "pin": "{pin}",
                "user": "{user}",
                "pass": "{password}",
                "kodeproduk": "{product}",
                "tujuan": "{number}",
                "counter": "1",
                "idtrx": "{reference}",
            },
        },
        "query": "resend",
        "callback": {
            "reference": "clientid",
            "status": "statuscode",
            "number": "msisdn",
            "serial_number": "sn",
            "supplier_reference": "serverid",
            "message": "msg",
        },
    },
}
SHORTEST_CALLBACK_KEY = 16


def read_settings(parts: LinkParts) -> tuple[H2hSettings, H2hSecret]:
    """The link's settings and secret. Raises LinkMisconfigured, which names the fields that are wrong but none of their values."""
    preset = parts.settings.get("preset", "")
    if preset and preset not in PRESETS:
        raise LinkMisconfigured(f"link {parts.code}: preset: there is none of this name, but {', '.join(sorted(PRESETS))}")
    base = PRESETS.get(str(preset), {})
    settings = read_model(H2hSettings, LinkParts(parts.code, {**base, **parts.settings}, b"", parts.clock))
    secret = _secret(parts)
    if settings.callback is not None and len(secret.callback_key) < SHORTEST_CALLBACK_KEY:
        raise LinkMisconfigured(f"link {parts.code}: its secret has no callback_key of at least {SHORTEST_CALLBACK_KEY} characters")
    if settings.query == "address" and settings.status is None:
        raise LinkMisconfigured(f"link {parts.code}: status: wanted where query is address")
    return settings, secret


def _secret(parts: LinkParts) -> H2hSecret:
    try:
        told = json.loads(parts.secret)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise LinkMisconfigured(f"link {parts.code}: its secret is not a JSON object with password, pin, callback_key")
    return read_model(H2hSecret, LinkParts(parts.code, told, b"", parts.clock))
