"""A deployment's settings, as the site takes them."""

from zoneinfo import ZoneInfo

import pytest

from recharge import Settings
from web.site import Options, utc_now


def settings(**changes: object) -> Settings:
    needed: dict[str, object] = {
        "environment": "development",
        "database_url": "sqlite://",
        "master_key": "0123456789abcdef" * 4,
    }
    return Settings(**(needed | changes))  # type: ignore[arg-type]


def test_money_time_and_languages_are_the_deployments() -> None:
    options = Options.of(settings(currency="IDR", minor_digits=0, business_zone="Asia/Jakarta", languages="id,en"))
    assert (options.currency, options.minor_digits, options.zone, options.languages) == ("IDR", 0, ZoneInfo("Asia/Jakarta"), ("id", "en"))


def test_in_production_browsers_come_over_tls_through_one_proxy() -> None:
    options = Options.of(settings(environment="production", web_secret="s" * 40))
    assert (options.secure, options.proxies, options.secret) == (True, 1, b"s" * 40)


def test_a_try_out_does_without() -> None:
    options = Options.of(settings())
    assert (options.secure, options.proxies) == (False, 0)


def test_the_secret_is_not_written_out() -> None:
    assert "s" * 40 not in repr(Options.of(settings(environment="production", web_secret="s" * 40)))


def test_the_clock_is_aware() -> None:
    assert utc_now().utcoffset() is not None


@pytest.mark.parametrize("name", ["zh_CN", "en", "id"])
def test_every_language_a_deployment_may_name_is_one_of_the_sites(name: str) -> None:
    from web.i18n import LANGUAGES

    assert name in LANGUAGES
