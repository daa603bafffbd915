"""A province with money in point A's deposit, a scripted link and one dispatcher."""

from collections.abc import Iterator

import pytest

from tests.recharge.dispatch.driver import Dispatcher, ScriptedLink
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_database_url: str) -> Iterator[World]:
    made = Province(clean_database_url)
    made.deposit("A", "1000.00")
    yield made
    made.close()


@pytest.fixture
def link(world: World) -> ScriptedLink:
    return ScriptedLink(world)


@pytest.fixture
def dispatcher(world: World, link: ScriptedLink) -> Dispatcher:
    return Dispatcher(world, {world.link_id: link})
