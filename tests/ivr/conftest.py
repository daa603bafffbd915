"""Shops with telephones, a real Asterisk for a module's tests, and the prompts' library."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.sip_caller.ears import Library
from tests.ivr.shop import Shop, open_shop
from tests.support import machine
from tests.support.asterisk import Asterisk, spoken_prompts


@pytest.fixture
def shop(clean_sqlite_url: str) -> Iterator[Shop]:
    """Points A and B with lines and money, and a carrier that answers."""
    with open_shop(clean_sqlite_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def prompts() -> Path:
    """The spoken prompts."""
    why = machine.prompts_missing()
    if why is not None:
        machine.skip_or_fail(why)
    return spoken_prompts()


@pytest.fixture(scope="session")
def library(prompts: Path) -> Library:
    """How each prompt sounds."""
    return Library(prompts)


@pytest.fixture(scope="module")
def asterisk(prompts: Path) -> Iterator[Asterisk]:
    """A running Asterisk of this module's own. Mark the test with `asterisk`."""
    why = machine.asterisk_missing()
    if why is not None:
        machine.skip_or_fail(why) if not machine.asterisk_nowhere() else pytest.skip(why)
    started = Asterisk()
    try:
        started.start()
        yield started
    finally:
        started.stop()
