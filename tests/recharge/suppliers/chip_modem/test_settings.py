"""What a chip's link may be told, and how what is wrong is named without its value."""

import json
from datetime import timedelta
from typing import Any

import pytest

from recharge.clock import SystemClock
from recharge.suppliers.chip_modem.link import ChipModemLink, make
from recharge.suppliers.chip_modem.settings import read_settings
from recharge.suppliers.contract import LinkMisconfigured, LinkParts

ICCID = "8962000000000000001"
SECRET = {"service": "1234", "sim": "4711"}


def parts(secret: object = SECRET, **settings: Any) -> LinkParts:
    raw = secret if isinstance(secret, bytes) else json.dumps(secret).encode()
    return LinkParts("CHIP", {"iccid": ICCID} | settings, raw, SystemClock())


def test_the_defaults_hold() -> None:
    settings, pins = read_settings(parts())
    assert (settings.dialect, settings.ports, settings.pace.gap) == ("ussd", "/dev/serial/by-path/*", timedelta(seconds=8))
    assert (pins.service, pins.sim) == ("1234", "4711")
    assert "1234" not in repr(pins)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"iccid": "12"}, "iccid"),
        ({"recharge": "*777*{nummer}#"}, "nummer"),
        ({"recharge": '*777*"{number}#'}, "quotes"),
        ({"stock": "*776*{pin#"}, "braces"),
        ({"opens": "25:00"}, "opens"),
        ({"zone": "Nowhere/Land"}, "zone"),
        ({"last_line": "("}, "last_line"),
        ({"answer_seconds": 60}, "answer_seconds"),
        ({"dialect": "sms"}, "service"),
        ({"strange": 1}, "strange"),
        ({"unit_minor": 0}, "unit_minor"),
        ({"charge_bp": 10_001}, "charge_bp"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(LinkMisconfigured, match=named):
        make(parts(**wrong))


@pytest.mark.parametrize(
    ("secret", "named"), [(b"\xff", "JSON"), (b"[]", "CHIP"), ({"service": "99x99"}, "service"), ({}, "service"), ({"sim": "12"}, "sim")]
)
def test_a_secret_that_cannot_be_used(secret: object, named: str) -> None:
    with pytest.raises(LinkMisconfigured, match=named) as failed:
        make(parts(secret))
    assert "99x99" not in str(failed.value)


def test_a_command_without_a_pin_needs_none() -> None:
    assert read_settings(parts({}, recharge="*777*{number}*{units}#"))[1].service == ""


def test_a_link_that_is_only_looked_at_starts_nothing() -> None:
    link = make(parts())
    assert isinstance(link, ChipModemLink)
    caps = link.caps
    assert (caps.query, caps.reverse, caps.balance, caps.statement, caps.callback) == (True, False, False, None, False)
    assert make(parts(stock="*776*{pin}#")).caps.balance
