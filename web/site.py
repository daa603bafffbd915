"""What every page of the site works with: the engine, the sessions, the clock and the deployment's ways of showing money and time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Flask, current_app

from recharge import Engine, Settings
from web.sessions import Sessions

_KEY = "kongchong"


def utc_now() -> datetime:
    """The machine's clock, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """How this deployment shows money and time, and how browsers reach it.

    `secure` says that browsers come over TLS; `proxies` is the number of reverse proxies whose X-Forwarded-* headers are believed.
    `secret` is the key behind the guards of forms, the same in every process.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    currency: str = "CNY"
    minor_digits: int = 2
    languages: tuple[str, ...] = ("zh_CN", "en", "id")
    secure: bool = False
    proxies: int = 0
    secret: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Options":
        """A deployment's own. In production the site stands behind one reverse proxy that speaks TLS; a try-out does without."""
        in_production = settings.environment == "production"
        return cls(
            zone=ZoneInfo(settings.business_zone),
            currency=settings.currency,
            minor_digits=settings.minor_digits,
            languages=settings.languages,
            secure=in_production,
            proxies=int(in_production),
            secret=settings.site_secret(),
        )


@dataclass(frozen=True, slots=True)
class Site:
    """The parts one web process shares among its requests."""

    engine: Engine
    sessions: Sessions
    options: Options
    now: Callable[[], datetime] = utc_now


def install(app: Flask, parts: Site) -> None:
    """Give an application its parts."""
    app.extensions[_KEY] = parts


def site() -> Site:
    """The parts of the application that serves this request."""
    parts = current_app.extensions[_KEY]
    assert isinstance(parts, Site)
    return parts
