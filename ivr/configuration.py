"""The channel's own settings: which Asterisks, and how; one JSON file that is checked as a whole before anything starts."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from ivr.asterisk.supervisor import Access

Port = Annotated[int, Field(ge=0, le=65535)]
_OTHERS = 0o027


class BadConfiguration(Exception):
    """A file that cannot be used; the text names everything that is wrong, and no secret."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Box(_Part):
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


class Fast(_Part):
    """Where Asterisk brings calls to (FastAGI)."""

    host: str = "127.0.0.1"
    port: Port = 4573


class Configuration(_Part):
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
    """The settings in a file that only its owner and group can read. Raises BadConfiguration."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise BadConfiguration(f"{path} is open to others (chmod 640 {path})")
        return Configuration.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadConfiguration(f"{path} cannot be read ({error.strerror})") from None
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc'])) or path.name}: {item['msg']}" for item in error.errors(include_input=False)]
        raise BadConfiguration("\n".join(lines)) from None
