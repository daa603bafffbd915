"""Where a party can be told something: the endpoint bound last that is not blocked, by the channel of its kind."""

from collections.abc import Iterator

import pytest

from recharge.books.endpoints import Reachable, newest_endpoint
from recharge.domain.requests import Channel, EndpointKind
from recharge.engine.administration import SHELL
from tests.support.province import Province
from tests.support.world import World


@pytest.fixture
def world(clean_sqlite_url: str) -> Iterator[World]:
    made = Province(clean_sqlite_url)
    yield made
    made.close()


def newest(world: World, code: str = "A") -> Reachable | None:
    with world.database.read() as connection:
        return newest_endpoint(world.database, connection, int(world.one("SELECT id FROM party WHERE code = ?", code)))


def bind(world: World, kind: EndpointKind, identity: str, language: str | None = None) -> None:
    world.clock.pass_time(seconds=1)
    world.office.endpoints.bind(SHELL, kind, identity, "A", None, "", language)


IDENTITIES = {
    EndpointKind.STK_SIM: "8986000000000000001",
    EndpointKind.PHONE_LINE: "13900000002",
    EndpointKind.POS_TERMINAL: "00000001",
    EndpointKind.WEB_LOGIN: "second",
    EndpointKind.PARTNER_KEY: "partner-a",
    EndpointKind.CONSOLE: "console-a",
}
CHANNELS = [Channel.STK, Channel.SMS, Channel.POS, Channel.WEB, Channel.PARTNER, Channel.CONSOLE]


def test_every_kind_of_endpoint_has_its_channel(world: World) -> None:
    assert set(IDENTITIES) == set(EndpointKind)
    for (kind, identity), channel in zip(IDENTITIES.items(), CHANNELS, strict=True):
        bind(world, kind, identity, "id")
        found = newest(world)
        assert found is not None
        assert (found.channel, found.language) == (channel.value, "id")


def test_a_language_of_its_own_may_be_missing(world: World) -> None:
    found = newest(world)
    assert found is not None
    assert (found.channel, found.language) == ("web", "")


def test_a_blocked_one_is_passed_over(world: World) -> None:
    bind(world, EndpointKind.PHONE_LINE, "13900000002")
    world.office.endpoints.block(SHELL, EndpointKind.PHONE_LINE, "13900000002")
    found = newest(world)
    assert found is not None
    assert found.channel == "web"
    world.office.endpoints.block(SHELL, EndpointKind.WEB_LOGIN, world.login_of("A"))
    assert newest(world) is None
    world.office.endpoints.unblock(SHELL, EndpointKind.PHONE_LINE, "13900000002")
    again = newest(world)
    assert again is not None
    assert again.channel == "sms"


def test_bound_in_the_same_moment_the_later_number_counts(world: World) -> None:
    for number in ("13900000002", "13900000003"):
        world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, number, "A")
    found = newest(world)
    assert found is not None
    assert world.one("SELECT identity FROM endpoint WHERE id = ?", found.id) == "13900000003"


def test_an_endpoint_in_other_hands_is_no_longer_this_partys(world: World) -> None:
    bind(world, EndpointKind.PHONE_LINE, "13900000002")
    world.office.endpoints.rebind(SHELL, EndpointKind.PHONE_LINE, "13900000002", "B")
    mine, theirs = newest(world), newest(world, "B")
    assert mine is not None
    assert theirs is not None
    assert (mine.channel, theirs.channel) == ("web", "sms")


def test_a_party_without_endpoints_cannot_be_told(world: World) -> None:
    assert newest(world, "D1") is None
