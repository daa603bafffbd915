"""Everything a deployment can set: one typed class, filled from KONGCHONG_* variables and KONGCHONG_*_FILE files and from nowhere else."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from recharge.clock import BusinessCalendar
from recharge.domain.numbers import NumberingPlan
from recharge.domain.passwords import TryRules
from recharge.domain.requests import Channel
from recharge.domain.rules import GuardRules, ReversalRules, SalesHours, TransferRules

PREFIX = "KONGCHONG_"
FILE = "_FILE"
# A group may read a key file (root:kongchong 0640), never change it; others have no business with it.
_OTHERS = 0o027
_SHORTEST_WEB_SECRET = 32
_WEB_SECRET_WANTED = f"needs {_SHORTEST_WEB_SECRET} characters or more (openssl rand -hex 32)"

Language = Literal["zh_CN", "en", "id"]
Positive = Annotated[int, Field(gt=0)]
NotNegative = Annotated[int, Field(ge=0)]


def _without_point(value: Any) -> Any:
    """Whole minor units only: "100.00" would be read as 100 fen by a parser, and was meant as 100 yuan by whoever wrote it."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("is no whole number of minor units")
    return value


Minor = Annotated[int, BeforeValidator(_without_point), Field(gt=0)]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the variable and a sentence about it. Never the value, which may be a secret."""

    variable: str
    text: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.text}"


class SettingsError(Exception):
    """The settings cannot be used. `problems` names everything that is wrong, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Settings(BaseSettings):
    """A deployment's settings. Money in minor units; every field is the variable KONGCHONG_<FIELD>, or a file KONGCHONG_<FIELD>_FILE."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True
    )

    environment: Literal["development", "production"] = "production"
    database_url: str = Field(min_length=1)
    database_pool: Positive = 8
    master_key: SecretStr
    web_secret: SecretStr = SecretStr("")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    minor_digits: int = Field(default=2, ge=0, le=2)
    country_code: str = Field(default="86", pattern="^[1-9][0-9]{0,2}$")
    trunk_prefix: str = Field(default="", pattern="^[0-9]{0,2}$")
    number_lengths: Annotated[frozenset[int], NoDecode] = frozenset({11})
    business_zone: str = "Asia/Shanghai"
    cut_off: time = time(0, 0)
    languages: Annotated[tuple[Language, ...], NoDecode] = ("zh_CN", "en", "id")

    password_pause_after: Positive = 3
    password_pause_minutes: Positive = 15
    password_lock_after: Positive = 5
    duplicate_window_minutes: NotNegative = 10

    reversal_same_day_only: bool = True
    reversal_window_minutes: Positive | None = None
    reversal_day_count: NotNegative | None = None
    reversal_month_count: NotNegative | None = None

    sales_opens: time = time(0, 0)
    sales_closes: time = time(0, 0)

    transfer_up: bool = False
    transfer_down: bool = True
    transfer_sideways: bool = False
    transfer_most_minor: Minor | None = None

    web_bind: str = Field(default="127.0.0.1:8080", pattern=r"^\S+:[0-9]{1,5}$")
    callback_bind: str = Field(default="127.0.0.1:8095", pattern=r"^(\S+:[0-9]{1,5})?$")
    wake_socket: Path | None = None

    sent_elsewhere: Annotated[frozenset[Channel], NoDecode] = frozenset()

    stock_alarm_hours: Positive = 12
    stock_forecast_days: Positive = 3

    # Texts are matched to orders for sixty days.
    reply_text_days: int = Field(default=180, ge=61)

    dispatch_in_flight: Positive = 200
    dispatch_lease_seconds: int = Field(default=90, ge=45)
    dispatch_busy_ms: Positive = 50
    dispatch_idle_ms: Positive = 500

    @field_validator("number_lengths", "languages", "sent_elsewhere", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Lists are written with commas: zh_CN,en."""
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @field_validator("number_lengths", "languages")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if not value:
            raise ValueError("names nothing")
        return value

    @field_validator("master_key")
    @classmethod
    def _is_master_key(cls, value: SecretStr) -> SecretStr:
        try:
            key = bytes.fromhex(value.get_secret_value())
        except ValueError:
            key = b""
        if len(key) != 32 or len(set(key)) < 8:
            raise ValueError("must be 64 hexadecimal digits from a source of chance (openssl rand -hex 32)")
        return value

    @field_validator("business_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is no time zone this machine knows") from error
        return value

    @field_validator("web_secret")
    @classmethod
    def _is_web_secret(cls, value: SecretStr) -> SecretStr:
        """Only the site's own processes need one; one that is there must be good."""
        if value.get_secret_value() and len(value.get_secret_value()) < _SHORTEST_WEB_SECRET:
            raise ValueError(_WEB_SECRET_WANTED)
        return value

    @field_validator("password_lock_after")
    @classmethod
    def _locks_after_pausing(cls, value: int, known: ValidationInfo) -> int:
        if value < known.data.get("password_pause_after", 0):
            raise ValueError("is less than KONGCHONG_PASSWORD_PAUSE_AFTER")
        return value

    @property
    def master_key_bytes(self) -> bytes:
        """The local master key, 32 bytes."""
        return bytes.fromhex(self.master_key.get_secret_value())

    def site_secret(self) -> bytes:
        """The key behind the guards of the site's forms. Raises SettingsError in production where none is set."""
        value = self.web_secret.get_secret_value()
        if not value and self.environment == "production":
            raise SettingsError([Problem(PREFIX + "WEB_SECRET", _WEB_SECRET_WANTED)])
        return value.encode()

    @property
    def numbering_plan(self) -> NumberingPlan:
        """How customers' numbers look here."""
        return NumberingPlan(self.country_code, self.trunk_prefix, self.number_lengths)

    @property
    def calendar(self) -> BusinessCalendar:
        """The business day's zone and cut-off."""
        return BusinessCalendar(ZoneInfo(self.business_zone), self.cut_off)

    @property
    def try_rules(self) -> TryRules:
        """What wrong service passwords lead to."""
        return TryRules(self.password_pause_after, timedelta(minutes=self.password_pause_minutes), self.password_lock_after)

    @property
    def reversal_rules(self) -> ReversalRules:
        """When an order may be taken back."""
        window = None if self.reversal_window_minutes is None else timedelta(minutes=self.reversal_window_minutes)
        return ReversalRules(
            self.reversal_same_day_only,
            window,
            self.reversal_day_count,
            self.reversal_month_count,
        )

    @property
    def transfer_rules(self) -> TransferRules:
        """Which way money may go in the tree."""
        return TransferRules(self.transfer_up, self.transfer_down, self.transfer_sideways, self.transfer_most_minor)

    @property
    def sales_hours(self) -> SalesHours:
        """When recharges are taken in."""
        return SalesHours(self.sales_opens, self.sales_closes)

    @property
    def guard_rules(self) -> GuardRules:
        """The duplicate guard."""
        return GuardRules(timedelta(minutes=self.duplicate_window_minutes))


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError, which names everything that is wrong at once."""
    values, problems = _from_files(os.environ)
    problems += _misspelt(os.environ)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        said = {problem.variable.removesuffix(FILE) for problem in problems}
        problems += [problem for problem in map(_problem, error.errors()) if problem.variable not in said]
    if problems:
        raise SettingsError(problems)
    return settings


def _from_files(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """The values that stand in files, by field, and what is wrong with those files."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in Settings.model_fields:
        variable = PREFIX + field.upper()
        path = environment.get(variable + FILE)
        if path is None:
            continue
        wrong = f"{variable} is set as well" if variable in environment else _wrong_with(Path(path))
        if wrong:
            problems.append(Problem(variable + FILE, wrong))
        else:
            values[field] = Path(path).read_text(encoding="utf-8").strip()
    return values, problems


def open_to_others(path: Path) -> bool:
    """Whether a file with a secret can be read by others than its owner and group, or changed by its group."""
    return bool(path.stat().st_mode & _OTHERS)


def _wrong_with(path: Path) -> str:
    try:
        wide = open_to_others(path)
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"{path} cannot be read ({getattr(error, 'strerror', None) or 'not text'})"
    return f"{path} is open to others (chmod 600 {path})" if wide else ""


def _misspelt(environment: Mapping[str, str]) -> list[Problem]:
    """Variables that are nearly ours: a setting nobody reads is worse than one that is missing. Channels have settings of their own."""
    known = [PREFIX + field.upper() for field in Settings.model_fields]
    known += [variable + FILE for variable in known]
    strangers = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    near = [(name, difflib.get_close_matches(name, known, n=1, cutoff=0.92)) for name in strangers]
    return [Problem(name, f"is not known; did you mean {match[0]}?") for name, match in near if match]


def _problem(detail: ErrorDetails) -> Problem:
    variable = PREFIX + str(detail["loc"][0]).upper() if detail["loc"] else "settings"
    if detail["type"] == "missing":
        return Problem(variable, f"is not set (nor is {variable}{FILE})")
    return Problem(variable, detail["msg"].removeprefix("Value error, "))
