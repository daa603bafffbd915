"""The channel's own settings: places to listen, limits, keys and parameters, in one JSON file checked as a whole before anything starts."""

import importlib
import ssl
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from pos.counter import CARRIERS
from pos.fields.setup import Parameters
from pos.keys.soft import SoftVault
from pos.keys.vault import KeyVault, VaultError
from pos.server import Limits, Place, tls_context
from recharge import BadConfiguration as BadConfiguration
from recharge import ConfigurationPart, KeyStore, read_configuration_file

Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=1)]


class TlsSettings(ConfigurationPart):
    """Files of the server's certificate (with its chain) and key, and of the authority that vouches for terminals, where one does."""

    certificate: Path
    key: Path
    clients: Path | None = None

    def context(self) -> ssl.SSLContext:
        """What the listener works with. Raises OSError."""
        return tls_context(str(self.certificate), str(self.key), str(self.clients or ""))


class PlaceSettings(ConfigurationPart):
    """One place to listen."""

    host: str = "127.0.0.1"
    port: Port
    tls: TlsSettings | None = None
    proxy: bool = False

    def place(self) -> Place:
        """The place, its certificate read. Raises OSError."""
        return Place(self.host, self.port, self.tls.context() if self.tls else None, self.proxy)


class LimitSettings(ConfigurationPart):
    """See pos.server.Limits."""

    frame_octets: int = Field(default=2048, ge=128, le=8192)
    slow_seconds: float = Field(default=10.0, gt=0)
    idle_seconds: float = Field(default=900.0, gt=0)
    connections: Count = 12_000
    connections_per_address: Count = 2_000
    bad_frames: Count = 5
    in_flight: Count = 4_000

    def limits(self) -> Limits:
        """The limits."""
        return Limits(**self.model_dump())


class SoftKeys(ConfigurationPart):
    """Keys under the engine's master key, used in memory."""

    kind: Literal["soft"] = "soft"

    def vault(self, keys: KeyStore) -> KeyVault:
        """The store."""
        return SoftVault(keys)

    def make_master(self) -> None:
        """There is no token."""
        raise VaultError("the soft store has no token")


class TokenKeys(ConfigurationPart):
    """Keys under a token's master key, used in the token."""

    kind: Literal["pkcs11"]
    module: str
    token: str
    pin: SecretStr
    label: str = "kongchong-lmk"

    def vault(self, keys: KeyStore) -> KeyVault:
        """The store. Raises VaultError."""
        token = _token()
        made: KeyVault = token.TokenVault(self._settings(token), keys)
        return made

    def make_master(self) -> None:
        """Make the master key in the token. Raises VaultError."""
        token = _token()
        token.make_master(self._settings(token))

    def _settings(self, token: ModuleType) -> Any:
        return token.TokenSettings(self.module, self.token, self.pin.get_secret_value(), self.label)


def _token() -> ModuleType:
    """The backend, whose package need not be installed. Raises VaultError."""
    try:
        return importlib.import_module("pos.keys.token")
    except ImportError as error:
        raise VaultError("the package python-pkcs11 is not installed") from error


class ParameterSettings(ConfigurationPart):
    """What terminals are told to work with; a change of any of it wants a higher version."""

    version: int = Field(ge=1, le=9999)
    addresses: tuple[str, ...] = ()
    timeout_seconds: int = Field(default=30, ge=10, le=90)
    tries: int = Field(default=3, ge=1, le=9)
    amounts_minor: tuple[int, ...] = ()
    slip_line: str = Field(default="", max_length=40)
    telephone: str = Field(default="", max_length=20)

    def parameters(self) -> Parameters:
        """The parameters."""
        return Parameters(**self.model_dump())


class Configuration(ConfigurationPart):
    """Everything. `answer_seconds` is how long a carrier is waited for; `silent_hours` after which an old batch is closed."""

    listen: tuple[PlaceSettings, ...] = Field(min_length=1)
    limits: LimitSettings = LimitSettings()
    keys: Annotated[SoftKeys | TokenKeys, Field(discriminator="kind")] = SoftKeys()
    answer_seconds: float = Field(default=20.0, gt=0, le=24)
    currency: str = Field(default="156", pattern="^[0-9]{3}$")
    institution: str = Field(default="00000000", pattern="^[0-9]{1,11}$")
    carriers: dict[Literal["CM", "CU", "CT"], str] = Field(default={"CM": CARRIERS["CM"], "CU": CARRIERS["CU"], "CT": CARRIERS["CT"]})
    parameters: ParameterSettings | None = None
    silent_hours: int = Field(default=24, ge=1)
    language: Literal["zh_CN", "en", "id"] = "zh_CN"


def read_configuration(path: Path) -> Configuration:
    """The settings in a file. Raises BadConfiguration."""
    return read_configuration_file(path, Configuration)
