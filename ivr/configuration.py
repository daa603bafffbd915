"""The channel's own settings: which Asterisks, and how; one JSON file that is checked as a whole before anything starts."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from ivr.asterisk.supervisor import Access
from recharge import BadConfiguration as BadConfiguration
from recharge import ConfigurationPart, read_configuration_file

Port = Annotated[int, Field(ge=0, le=65535)]


class Box(ConfigurationPart):
    """One Asterisk, by its manager's interface: the secret itself, or a file that holds it."""

    host: str = "127.0.0.1"
    port: Port = 5038
    user: str = Field(default="kongchong", pattern="^[A-Za-z0-9_.-]{1,40}$")
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None

    @model_validator(mode="after")
    def _one_secret(self) -> "Box":
        if bool(self.secret.get_secret_value()) == bool(self.secret_file):
            raise ValueError("needs secret or secret_file")
        return self

    def access(self) -> Access:
        """How to reach it. Raises OSError where the secret's file cannot be read."""
        secret = self.secret.get_secret_value()
        if self.secret_file is not None:
            secret = self.secret_file.read_text(encoding="utf-8").strip()
        return Access(self.host, self.port, self.user, secret)


class Fast(ConfigurationPart):
    """Where Asterisk brings calls to (FastAGI)."""

    host: str = "127.0.0.1"
    port: Port = 4573


class Configuration(ConfigurationPart):
    """Everything. `language` is spoken to lines nobody registered; `drain_seconds` is how long calls may go on when we are told to stop."""

    asterisk: tuple[Box, ...] = ()
    fast: Fast | None = None
    language: Literal["zh_CN", "en", "id"] = "zh_CN"
    drain_seconds: float = Field(default=60.0, ge=0, le=600)

    @model_validator(mode="after")
    def _some_way(self) -> "Configuration":
        if not self.asterisk and self.fast is None:
            raise ValueError("neither asterisk nor fast")
        return self


def read_configuration(path: Path) -> Configuration:
    """The settings in a file. Raises BadConfiguration."""
    return read_configuration_file(path, Configuration)
