"""The channel's own settings: links, partners, routes and formats, in one JSON file that is checked as a whole before anything starts."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from recharge import BadConfiguration as BadConfiguration
from recharge import ConfigurationPart, read_configuration_file
from stk_sms.commands import DEFAULT_FORMATS, RECHARGE, TICKET, BadFormats, Commands, Format, read_formats
from stk_sms.http_link.link import HttpLink, HttpSettings
from stk_sms.modem_link.link import ModemLink, ModemSettings
from stk_sms.modem_link.room import Room
from stk_sms.routing import Routes
from stk_sms.smpp.esme import EsmeSettings
from stk_sms.smpp.link import LinkSettings, SmppLink
from stk_sms.smpp.messages import OutRules
from stk_sms.smpp.partners import Partner, Partners
from stk_sms.smpp.server import ServerSettings
from stk_sms.smpp.session import SessionRules
from stk_sms.smpp.ussd import Menu, MenuService, Question

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$")]


class SmppSettings(ConfigurationPart):
    """A binding to a network's centre."""

    kind: Literal["smpp"]
    name: Name
    host: str
    port: Port
    system_id: str = Field(max_length=15)
    password: SecretStr = SecretStr("")
    system_type: str = Field(default="", max_length=12)
    address_range: str = Field(default="", max_length=40)
    mode: Literal["transceiver", "pair"] = "transceiver"
    window: int = Field(default=10, ge=1, le=1000)
    sender: str = ""
    source_ton: int = Field(default=0, ge=0, le=6)
    source_npi: int = Field(default=1, ge=0, le=18)
    destination_ton: int = Field(default=0, ge=0, le=6)
    destination_npi: int = Field(default=1, ge=0, le=18)
    packed: bool = False

    def link(self) -> SmppLink:
        """The link."""
        secret = self.password.get_secret_value()
        esme = EsmeSettings(self.host, self.port, self.system_id, secret, self.system_type, self.address_range, self.mode)
        out = OutRules(self.sender, self.source_ton, self.source_npi, self.destination_ton, self.destination_npi, packed=self.packed)
        return SmppLink(LinkSettings(self.name, esme, out, SessionRules(window=self.window)))


class KannelSettings(ConfigurationPart):
    """A Kannel."""

    kind: Literal["http"]
    name: Name
    sendsms_url: str = Field(pattern="^https?://")
    user: str = ""
    password: SecretStr = SecretStr("")
    smsc: str = ""
    sender: str = ""
    host: str = "127.0.0.1"
    port: Port
    own_url: str = Field(default="", pattern="^(https?://.*)?$")
    secret: SecretStr = SecretStr("")

    def link(self) -> HttpLink:
        """The link."""
        return HttpLink(
            HttpSettings(
                self.name,
                self.sendsms_url,
                self.user,
                self.password.get_secret_value(),
                self.smsc,
                self.sender,
                self.host,
                self.port,
                self.own_url,
                self.secret.get_secret_value(),
            )
        )


class SimSettings(ConfigurationPart):
    """A SIM in a modem of ours."""

    kind: Literal["modem"]
    name: Name
    ports: str = Field(min_length=1)
    iccid: str = Field(default="", pattern=r"^([0-9]{18,20})?$")
    number: str = Field(default="", pattern=r"^\+?[0-9]{0,15}$")
    pin: SecretStr = SecretStr("")

    def link(self, room: Room) -> ModemLink:
        """The link; those of one pattern of ttys share a room."""
        return ModemLink(ModemSettings(self.name, self.ports, self.iccid, self.number, self.pin.get_secret_value()), room)


class AccountSettings(ConfigurationPart):
    """A partner's account."""

    system_id: Name = Field(max_length=15)
    password: SecretStr = Field(min_length=6, max_length=8)
    addresses: frozenset[str] = frozenset()


class PartnerSettings(ConfigurationPart):
    """Where partners bind, and who they are."""

    name: Name = "partners"
    host: str = "127.0.0.1"
    port: Port
    accounts: tuple[AccountSettings, ...] = Field(min_length=1)

    def gate(self) -> Partners:
        """The listener for partners."""
        known = {one.system_id: Partner(one.system_id, one.password.get_secret_value(), one.addresses) for one in self.accounts}
        return Partners(self.name, ServerSettings(self.host, self.port), known)


class UssdTicketSettings(ConfigurationPart):
    """Deposit tickets: their own code, or one below the service's (`888*7`), and the questions; the password is always one."""

    service: str = Field(pattern=r"^[0-9]{1,8}(\*[0-9]{1,4})?$")
    questions: dict[Literal["amount", "password"], str] = Field(min_length=2)


class UssdSettings(ConfigurationPart):
    """The menu: the service's code, and the questions in their order by field (number, amount, password)."""

    service: str = Field(pattern="^[0-9]{1,8}$")
    questions: dict[Literal["number", "amount", "product", "password"], str] = Field(min_length=2)
    tickets: UssdTicketSettings | None = None

    @model_validator(mode="after")
    def _codes_differ(self) -> "UssdSettings":
        if self.tickets is not None and self.tickets.service == self.service:
            raise ValueError("tickets need a code of their own")
        return self

    def menu(self) -> Menu:
        """The menu."""
        services = [(self.service, RECHARGE, self.questions.items())]
        if self.tickets is not None:
            services.append((self.tickets.service, TICKET, self.tickets.questions.items()))
        return Menu([MenuService(code, intent, tuple(Question(name, text) for name, text in asked)) for code, intent, asked in services])


class Configuration(ConfigurationPart):
    """Everything. `by_carrier` and `otherwise` name links, best first; `language` is that of answers to plain texts.

    With `answer_reports` the networks are asked what became of answers to cards.
    """

    links: tuple[Annotated[SmppSettings | KannelSettings | SimSettings, Field(discriminator="kind")], ...] = ()
    partners: PartnerSettings | None = None
    by_carrier: dict[str, tuple[str, ...]] = Field(default={})
    otherwise: tuple[str, ...] = ()
    plain_text: bool = True
    formats: tuple[Format, ...] = DEFAULT_FORMATS
    ussd: UssdSettings | None = None
    language: Literal["zh_CN", "en", "id"] = "zh_CN"
    answer_reports: bool = False

    @field_validator("formats", mode="before")
    @classmethod
    def _formats(cls, value: Any) -> Any:
        try:
            return read_formats(json.dumps(value)) if isinstance(value, list) else value
        except BadFormats as error:
            raise ValueError("; ".join(error.problems)) from None

    @model_validator(mode="after")
    def _names_fit(self) -> "Configuration":
        names = [link.name for link in self.links]
        named = {name for routed in (*self.by_carrier.values(), self.otherwise) for name in routed}
        if len(set(names)) != len(names):
            raise ValueError("two links have one name")
        if named - set(names):
            raise ValueError(f"no such link: {', '.join(sorted(named - set(names)))}")
        if not self.links and self.partners is None:
            raise ValueError("neither a link nor partners")
        return self

    def transports(self) -> list[SmppLink | HttpLink | ModemLink]:
        """A link for each of `links`."""
        rooms: dict[str, Room] = {}
        return [
            one.link(rooms.setdefault(one.ports, Room(one.ports))) if isinstance(one, SimSettings) else one.link() for one in self.links
        ]

    @property
    def routes(self) -> Routes:
        """Which link a message takes; without a word about it, any."""
        return Routes(self.by_carrier, self.otherwise or tuple(link.name for link in self.links))

    @property
    def commands(self) -> Commands:
        """The formats, ready to read with."""
        return Commands(self.formats)


def read_configuration(path: Path) -> Configuration:
    """The settings in a file. Raises BadConfiguration."""
    return read_configuration_file(path, Configuration)
