"""What a link to an aggregator is told: a dialect, by preset or field by field, and who we are there."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recharge.suppliers.amounts import Unit
from recharge.suppliers.contract import Caps, LinkMisconfigured, LinkParts
from recharge.suppliers.http import HttpLinkSettings, http_caps, read_model
from recharge.suppliers.md5_form.codes import Word
from recharge.suppliers.md5_form.signing import Recipe

_CLOSED = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Reading(BaseModel):
    """Where an answer says what. Paths are names parted by points, numbers for places in lists; "" is nowhere.

    `code` is looked up in `codes`; where that says "read", `state` is looked up in `states`, if there is one. `rows` is a list of orders,
    of which the one with our reference is read; where none has it, `no_row` holds. `delivered` is the face value that reached the
    customer, `charged` what it cost us.
    """

    model_config = _CLOSED

    code: str = ""
    codes: dict[str, Word] = Field(default_factory=dict)
    rows: str = ""
    no_row: Literal[Word.NOT_FOUND, Word.UNKNOWN] = Word.UNKNOWN
    state: str = ""
    states: dict[str, Word] = Field(default_factory=dict)
    reference: str = ""
    number: str = ""
    delivered: str = ""
    charged: str = ""
    balance: str = ""
    serial_number: str = ""
    supplier_reference: str = ""
    text: str = ""


class Call(BaseModel):
    """One question: where it goes, its fields, its signature (none: not signed), and how the answer is read.

    In a field {reference} {number} {amount} {product} {user} {password_md5} {time} {notify_url} stand for what their names say.
    """

    model_config = _CLOSED

    path: str = Field(pattern=r"^/[^\s?#]*$")
    method: Literal["GET", "POST"] = "POST"
    body: Literal["form", "json"] = "form"
    fields: dict[str, str]
    sign: Recipe | None = None
    answer: Literal["json", "xml", "text"] = "json"
    reading: Reading


class Notice(BaseModel):
    """The asynchronous notice: how it is signed, read and answered."""

    model_config = _CLOSED

    sign: Recipe
    reading: Reading
    acknowledgement: str = "success"


class Dialect(BaseModel):
    """An aggregator's whole way of speaking."""

    model_config = _CLOSED

    charset: Literal["utf-8", "gbk"] = "utf-8"
    unit: Unit = Unit.DECIMAL
    submit: Call
    query: Call | None = None
    balance: Call | None = None
    notice: Notice | None = None


class Md5FormSettings(HttpLinkSettings):
    """The settings stored with the link.

    `preset` names a dialect that comes with the product; `dialect` replaces parts of it, or is the whole where there is no preset.
    `products` gives the aggregator's product number by carrier and face value in minor units ("CMCC:5000"), or by carrier alone.
    """

    url: str = Field(pattern=r"^https?://[^\s?#]+[^/\s?#]$")
    user: str = Field(pattern=r"^[A-Za-z0-9_.@-]{1,40}$")
    preset: str = ""
    dialect: dict[str, Any] = Field(default_factory=dict)
    notify_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    products: dict[str, str] = Field(default_factory=dict)


class Md5FormSecret(BaseModel):
    """The key signatures are made with, and a password where the dialect wants one. As JSON, or the key alone."""

    model_config = _CLOSED

    key: str = Field(min_length=4, repr=False)
    password: str = Field(default="", repr=False)


def read_settings(parts: LinkParts, presets: Mapping[str, Mapping[str, Any]]) -> tuple[Md5FormSettings, Dialect, Md5FormSecret]:
    """Settings, dialect and secret. Raises LinkMisconfigured, which names the fields that are wrong but none of their values."""
    settings = read_model(Md5FormSettings, parts)
    if settings.preset and settings.preset not in presets:
        raise LinkMisconfigured(f"link {parts.code}: preset: there is none of this name, but {', '.join(sorted(presets))}")
    told = merged(presets.get(settings.preset, {}), settings.dialect)
    dialect = read_model(Dialect, LinkParts(parts.code, told, b"", parts.clock))
    return settings, dialect, _secret(parts)


def caps_of(settings: Md5FormSettings, dialect: Dialect) -> Caps:
    """What the aggregator can do, by what its dialect has."""
    words = {word for reading in _readings(dialect) for word in (*reading.codes.values(), *reading.states.values())}
    can = {"query": dialect.query, "balance": dialect.balance, "callback": dialect.notice, "partial": Word.PART in words}
    return http_caps(settings, *(name for name, there in can.items() if there))


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A nested mapping with parts of it replaced."""
    both = dict(base)
    for name, value in over.items():
        before = both.get(name)
        both[name] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return both


def _readings(dialect: Dialect) -> list[Reading]:
    holders = (dialect.submit, dialect.query, dialect.notice)
    return [holder.reading for holder in holders if holder is not None]


def _secret(parts: LinkParts) -> Md5FormSecret:
    try:
        text = parts.secret.decode("utf-8")
        told = json.loads(text) if text.startswith("{") else {"key": text}
        return Md5FormSecret.model_validate(told)
    except (ValueError, ValidationError):
        raise LinkMisconfigured(f"link {parts.code}: its secret is neither a key nor JSON with key and password") from None
