"""What a chip's link is told: which card, where modems are, how its operator is asked, at what pace; and its PINs, from the secret."""

import json
import re
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from recharge.suppliers.chip_modem.pace import Pace
from recharge.suppliers.chip_modem.templates import BadTemplate, check
from recharge.suppliers.contract import Caps, LinkMisconfigured, LinkParts

_TIME = r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"


class Pins(BaseModel):
    """The link's secret: JSON with the card's own PIN and the dealer's."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    service: str = Field(default="", pattern=r"^\d{0,12}$", repr=False)
    sim: str = Field(default="", pattern=r"^(\d{4,8})?$", repr=False)


class ChipSettings(BaseModel):
    """The settings stored with the link. Times in seconds, `unit_minor` is what one unit of the operator's is worth in minor units."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    iccid: str = Field(pattern=r"^\d{18,20}$")
    ports: str = Field(default="/dev/serial/by-path/*", min_length=1)
    dialect: Literal["ussd", "sms", "stk"] = "ussd"
    stk: Literal["3gpp", "wavecom", "simcom", "huawei", "quectel"] = "3gpp"
    recharge: str = "*777*{number}*{units}*{pin}#"
    stock: str = ""
    last: str = ""
    confirm: tuple[str, ...] = ()
    service: str = ""
    unit_minor: int = Field(default=100, gt=0)
    charge_bp: int = Field(default=10_000, gt=0, le=10_000)
    last_line: str = r"(?P<day>\d\d)/(?P<month>\d\d) (?P<time>\d\d:\d\d) (?P<units>\d+)rb (?P<number>\d{6,15}) SN (?P<sn>\w+)"
    last_none: str = ""
    last_count: int = Field(default=5, gt=0)
    zone: str = "Asia/Shanghai"
    # The dispatcher's shortest lease is 45 s, of which a third may pass before anything is sent.
    answer_seconds: float = Field(default=25, gt=0, le=28)
    settle_seconds: int = Field(default=900, ge=0)
    slow_seconds: float = Field(default=20, gt=0)
    stock_every_seconds: int = Field(default=1800, gt=0)
    gap_seconds: float = Field(default=8, ge=0)
    same_number_seconds: float = Field(default=60, ge=0)
    most_an_hour: int = Field(default=200, gt=0)
    most_a_day: int = Field(default=2000, gt=0)
    opens: str = Field(default="00:00", pattern=_TIME)
    closes: str = Field(default="24:00", pattern=_TIME)
    power_cycle: tuple[str, ...] = ()

    @field_validator("recharge", "stock", "last")
    @classmethod
    def _template(cls, text: str) -> str:
        try:
            check(text)
        except BadTemplate as error:
            raise ValueError(str(error)) from None
        return text

    @field_validator("last_line", "last_none")
    @classmethod
    def _pattern(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"no pattern: {error}") from None
        return text

    @field_validator("zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError):
            raise ValueError("no such zone") from None
        return name

    @property
    def pace(self) -> Pace:
        """How fast and when the chip may be used."""
        return Pace(
            timedelta(seconds=self.gap_seconds),
            timedelta(seconds=self.same_number_seconds),
            self.most_an_hour,
            self.most_a_day,
            self.opens,
            self.closes,
        )

    @property
    def caps(self) -> Caps:
        """What a chip can do. It cannot take a recharge back, and it has no statement."""
        return Caps(
            # Its own books at least can be asked: an order that was never begun stands in none of them.
            query=True,
            reverse=False,
            # Without a command for it, a link in trouble is tried with an order instead.
            balance=bool(self.stock),
            statement=None,
            callback=False,
            idempotent_submit=False,
            partial=False,
            settle_window=timedelta(seconds=self.settle_seconds),
            answers_within=timedelta(seconds=self.slow_seconds),
        )


def read_settings(parts: LinkParts) -> tuple[ChipSettings, Pins]:
    """Settings and PINs. Raises LinkMisconfigured, which names the fields that are wrong but none of their values."""
    try:
        settings = ChipSettings.model_validate(dict(parts.settings))
        pins = Pins.model_validate(json.loads(parts.secret or b"{}"))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise LinkMisconfigured(f"link {parts.code}: {wrong}") from None
    except ValueError:
        raise LinkMisconfigured(f"link {parts.code}: its secret is not the JSON of its PINs") from None
    if "{pin}" in settings.recharge + settings.stock + settings.last and not pins.service:
        raise LinkMisconfigured(f"link {parts.code}: its secret has no PIN `service`, which its commands need")
    if settings.dialect == "sms" and not settings.service:
        raise LinkMisconfigured(f"link {parts.code}: service: where short messages go")
    return settings, pins
