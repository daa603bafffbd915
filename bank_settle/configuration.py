"""The close's settings: one TOML file that names folders, carriers, bank accounts, commission rules and where reports go."""

import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from recharge import BadConfiguration as BadConfiguration
from recharge import ConfigurationPart

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,24}$")]


class Carrier(ConfigurationPart):
    """One carrier as a supplier link. `form` is `link` (the link is asked for the statement) or a file profile; `inbox` is then where the
    file lies, with {day:%Y%m%d} in its name. `owner` is our name in the file. `ready` is when the file may be expected the day after."""

    link: Code
    zone: str = "Asia/Shanghai"
    form: str = "link"
    inbox: str = ""
    owner: str = ""
    ready: time = time(1, 0)

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except ZoneInfoNotFoundError as error:
            raise ValueError("is no time zone this machine knows") from error
        return value

    @model_validator(mode="after")
    def _file_somewhere(self) -> "Carrier":
        if self.form != "link" and not self.inbox:
            raise ValueError("a carrier with a file needs an inbox")
        return self

    @property
    def scope(self) -> str:
        """How days of this carrier are called."""
        return f"carrier:{self.link}"


class Bank(ConfigurationPart):
    """One bank account of ours. `number` as the statement names it, `form` a reader or file profile, `virtual_accounts` a CSV file of our
    agents' virtual sub-accounts (account, party code), `fees` texts that mark the bank's own charges and interest. `ledger` is the code of
    its own account in the books (`kongchong bank add`); banks without one share one."""

    account: Code
    number: str = Field(min_length=1, max_length=34)
    name: str = Field(min_length=1, max_length=70)
    bank_code: str = Field(pattern="^[0-9]{12}$")
    form: str
    inbox: str
    ready: time = time(7, 0)
    virtual_accounts: Path | None = None
    fees: tuple[str, ...] = ("手续费", "利息", "账户管理费")
    payment_format: Literal["pain.001.001.03", "pain.001.001.09", "batch"] = "pain.001.001.09"
    ledger: str = Field(default="", pattern=r"^([A-Z0-9_-]{1,24})?$")

    @property
    def in_the_books(self) -> str:
        """How the books call its account."""
        return account_in_the_books(self.ledger)

    @property
    def scope(self) -> str:
        """How days of this account are called."""
        return f"bank:{self.account}"


class Sftp(ConfigurationPart):
    """An SFTP server that takes reports. Its key must stand in `known_hosts` (OpenSSH's form; `ssh-keyscan` writes it); we sign in with the
    private key of `key_file`, which has no passphrase. `folder` is there already; days and versions are made below it."""

    host: str = Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")
    port: Annotated[int, Field(gt=0, le=65535)] = 22
    username: str = Field(min_length=1, max_length=64)
    key_file: Path
    known_hosts: Path
    folder: str = Field(default=".", min_length=1, max_length=200)


def account_in_the_books(ledger: str) -> str:
    """The books' name of a bank's account: its own, or the one that banks share."""
    return f"bank:{ledger}" if ledger else "bank"


class Delivery(ConfigurationPart):
    """Where reports go: a folder, an SFTP server, or mail through an SMTP server. The mail's password comes from the file named."""

    folder: Path | None = None
    sftp: Sftp | None = None
    smtp: str = Field(default="", pattern=r"^(\S+:[0-9]{1,5})?$")
    sender: str = ""
    recipients: tuple[str, ...] = ()
    username: str = ""
    password_file: Path | None = None
    starttls: bool = True


class Configuration(ConfigurationPart):
    """Everything the close is told. Relative paths are relative to the file. `channels` are those whose terminals settle batches."""

    archive: Path
    reports: Path
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    house_name: str = Field(default="空充", max_length=70)
    carriers: tuple[Carrier, ...] = ()
    banks: tuple[Bank, ...] = ()
    channels: tuple[Code, ...] = ()
    commission: Path | None = None
    delivery: Delivery = Delivery()
    ticket_hours: Annotated[int, Field(gt=0, le=240)] = 24
    tickets_a_party: Annotated[int, Field(gt=0, le=999)] = 10
    ticket_account: Code | None = None

    @model_validator(mode="after")
    def _no_name_twice(self) -> "Configuration":
        for names in ([item.link for item in self.carriers], [item.account for item in self.banks], list(self.channels)):
            if len(names) != len(set(names)):
                raise ValueError("a name stands there twice")
        return self

    @model_validator(mode="after")
    def _tickets_for_an_account(self) -> "Configuration":
        if self.ticket_account is not None and self.ticket_account not in [bank.account for bank in self.banks]:
            raise ValueError("ticket_account is none of the banks")
        return self

    @property
    def account_for_tickets(self) -> str:
        """The account that deposit tickets are for, the first unless one is named; "" where there is none."""
        return self.ticket_account or next((bank.account for bank in self.banks), "")

    @property
    def scopes(self) -> list[str]:
        """Everything a day has to be brought to its end for, the house last."""
        terminals = (f"channel:{name}" for name in self.channels)
        return [*(item.scope for item in self.carriers), *(item.scope for item in self.banks), *terminals, "house"]

    def carrier(self, scope: str) -> Carrier:
        """The carrier of a scope. Raises KeyError."""
        return {item.scope: item for item in self.carriers}[scope]

    def bank(self, scope: str) -> Bank:
        """The bank account of a scope. Raises KeyError."""
        return {item.scope: item for item in self.banks}[scope]


def read_configuration(path: Path) -> Configuration:
    """The settings of a file. Raises BadConfiguration."""
    try:
        made = Configuration(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise BadConfiguration(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = "\n".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise BadConfiguration(wrong) from error
    base = path.parent
    changed = {name: base / getattr(made, name) for name in ("archive", "reports", "commission") if getattr(made, name) is not None}
    banks = tuple(
        bank if bank.virtual_accounts is None else bank.model_copy(update={"virtual_accounts": base / bank.virtual_accounts})
        for bank in made.banks
    )
    return made.model_copy(update={**changed, "banks": banks, "delivery": _delivery(made.delivery, base)})


def _delivery(told: Delivery, base: Path) -> Delivery:
    paths = {name: base / path for name in ("folder", "password_file") if (path := getattr(told, name)) is not None}
    server = told.sftp
    if server is not None:
        server = server.model_copy(update={"key_file": base / server.key_file, "known_hosts": base / server.known_hosts})
    return told.model_copy(update={**paths, "sftp": server})
