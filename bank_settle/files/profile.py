"""File profiles: what a carrier's or bank's file looks like, declared in TOML under profiles/ and checked when it is loaded."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FOLDER = Path(__file__).parent.parent / "profiles"
CARRIER_FIELDS = (
    "reference", "kind", "original_reference", "carrier_reference", "serial_number", "number", "amount_minor", "charged_minor",
    "delivered_minor", "state", "at",
)  # fmt: skip
BANK_FIELDS = (
    "date", "amount_minor", "balance_minor", "text", "payer_account", "payer_name", "virtual_account", "our_reference", "bank_reference",
)  # fmt: skip
_FIELDS = {"carrier": frozenset(CARRIER_FIELDS), "bank": frozenset({*BANK_FIELDS, "sign", "in_minor", "out_minor"})}


class BadProfile(Exception):
    """A profile that cannot be used: the message says why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnRule(_Part):
    """One column of a detail line: the field it fills ("" for none) and how it is read.

    `kind`: text, digits, fen (whole minor units), yuan (decimal), date (by `format`), moment (date and time, by `format`) or code (by
    `codes`). `joined` takes the text of this column and of the next ones so marked as one moment. `width` in characters, for fixed width.
    """

    field: str = ""
    kind: Literal["text", "digits", "fen", "yuan", "date", "moment", "code"] = "text"
    format: str = "%Y%m%d"
    codes: Mapping[str, str] = Field(default_factory=dict)
    width: int | None = Field(default=None, gt=0)
    joined: bool = False


class Frame(_Part):
    """A header or trailer: its fields in order. `=TEXT` must stand there as it is; count, day and owner are compared; `sum:FIELD` is the
    sum of an amount (`sum_yuan:FIELD` written in yuan); sha256 covers every byte before the line; `-` is anything."""

    fields: tuple[Annotated[str, Field(pattern="^(-|=.*|count|day|owner|sha256|sum(_yuan)?:[a-z]+_minor)$")], ...] = Field(min_length=1)
    delimiter: str | None = None


class Profile(_Part):
    """A file as a whole. `defaults` fill fields that have no column; `same_as` copies one field into another (charged = amount)."""

    name: str
    target: Literal["carrier", "bank"]
    encoding: Literal["gbk", "gb18030", "utf-8", "utf-8-sig"] = "gb18030"
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    quoted: bool = False
    line_end: Literal["lf", "crlf"] = "lf"
    day_format: str = "%Y%m%d"
    empty_file: Literal["quiet_day", "refused"] = "refused"
    header: Frame | None = None
    trailer: Frame | None = None
    skip_lines: Annotated[int, Field(ge=0, le=50)] = 0
    columns: tuple[ColumnRule, ...] = Field(min_length=1)
    defaults: Mapping[str, str | int] = Field(default_factory=dict)
    same_as: Mapping[str, str] = Field(default_factory=dict)
    date_rule: Literal["same_day", "day_or_before", "any"] = "same_day"
    largest_mb: Annotated[int, Field(gt=0)] = 512

    @model_validator(mode="after")
    def _holds_together(self) -> "Profile":
        known = _FIELDS[self.target]
        named = {column.field for column in self.columns if column.field} | {*self.defaults, *self.same_as}
        if named - known:
            raise ValueError(f"unknown fields {sorted(named - known)}")
        fixed = [column.width is not None for column in self.columns]
        if all(fixed) == (self.delimiter is not None) or (any(fixed) and not all(fixed)):
            raise ValueError("a file has a delimiter, or every column has a width")
        if any(column.kind == "code" and not column.codes for column in self.columns):
            raise ValueError("a code column names its codes")
        return self


def load_profile(name: str, folder: Path = FOLDER) -> Profile:
    """The profile of a name. Raises BadProfile."""
    path = folder / f"{name}.toml"
    try:
        return Profile(name=name, **tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise BadProfile(f"profile {name}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise BadProfile(f"profile {name}: {wrong}") from error


def profile_names(folder: Path = FOLDER) -> list[str]:
    """All profiles there are."""
    return sorted(path.stem for path in folder.glob("*.toml"))
