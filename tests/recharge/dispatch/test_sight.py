"""A link that knows by itself when it must rest: its orders wait or go elsewhere, and nothing is counted against it."""

from datetime import datetime

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.routing import Reason
from recharge.engine.administration import SHELL, Route
from tests.recharge.dispatch.driver import Dispatcher, ScriptedLink
from tests.support.world import World


class GatedLink(ScriptedLink):
    """Says what is against an order."""

    against: Reason | None = None

    def objection(self, number: str, face_minor: int, now: datetime) -> Reason | None:
        return self.against


@pytest.fixture
def gated(world: World) -> GatedLink:
    return GatedLink(world)


@pytest.fixture
def dispatcher(world: World, gated: GatedLink) -> Dispatcher:
    return Dispatcher(world, {world.link_id: gated})


def why(world: World) -> str:
    rows = world.rows("SELECT facts FROM order_event WHERE kind = 'no_route'")
    return str(rows[-1][0]) if rows else ""


def test_without_an_objection_the_order_goes(world: World, dispatcher: Dispatcher, gated: GatedLink) -> None:
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    assert world.state(reply) == "succeeded"
    assert len(gated.asked) == 1


def test_a_link_that_rests_gets_the_order_a_moment_later(world: World, dispatcher: Dispatcher, gated: GatedLink) -> None:
    gated.against = Reason.RESTING
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    assert (world.state(reply), gated.asked, why(world)) == ("held", [], "")
    gated.against = None
    world.clock.pass_time(seconds=1)
    dispatcher.step()
    assert world.state(reply) == "succeeded"


@pytest.mark.parametrize("reason", [Reason.OVER_PACE, Reason.NUMBER_OPEN, Reason.HELD_BACK, Reason.NOT_RUNNING, Reason.NO_STOCK])
def test_what_does_not_pass_is_written_down(world: World, dispatcher: Dispatcher, gated: GatedLink, reason: Reason) -> None:
    gated.against = reason
    reply = world.recharge("A", "50.00")
    dispatcher.step()
    assert (world.state(reply), gated.asked) == ("held", [])
    assert reason.value in why(world)
    world.clock.pass_time(seconds=61)
    dispatcher.step()
    assert world.state(reply) == "failed"


def test_another_link_takes_what_the_first_one_cannot(world: World, gated: GatedLink) -> None:
    other_id = world.office.links.register(SHELL, "OTHER", "另一通道", "carrier_platform", {})
    world.office.links.add_route(SHELL, "OTHER", Route("CMCC", OrderKind.RECHARGE, 9900, priority=99))
    other = ScriptedLink(world)
    gated.against = Reason.RESTING
    reply = world.recharge("A", "50.00")
    Dispatcher(world, {world.link_id: gated, other_id: other}).step()
    assert world.state(reply) == "succeeded"
    assert (len(gated.asked), len(other.asked)) == (0, 1)
