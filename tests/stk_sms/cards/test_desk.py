"""The desk of cards: bulk issue that may be broken off, blocks, retirement, counters, histories."""

from datetime import timedelta

import pytest

from recharge import EndpointKind
from simulators.sim_card.card import SimCard
from stk_sms import tables
from stk_sms.cards.card_list import ListedCard
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.packet import ResponseStatus
from tests.stk_sms.till import ICCID, KEY_SET, MSISDN, OTHER_ICCID, OTHER_MSISDN, Till
from tests.support.world import NUMBER, PASSWORD

OTHER = ListedCard(OTHER_ICCID, OTHER_MSISDN, "B", "id")


def problem(caught: "pytest.ExceptionInfo[CardError]") -> CardProblem:
    return caught.value.problem


def test_cards_are_issued_with_their_endpoints(till: Till) -> None:
    issued = till.desk.issue([OTHER], KEY_SET)
    assert (issued.new, issued.present, issued.refused) == (1, 0, ())
    bound = {row.identity: (row.party_code, row.address) for row in till.world.office.endpoints.all() if row.kind == EndpointKind.STK_SIM}
    assert bound == {ICCID: ("A", MSISDN), OTHER_ICCID: ("B", OTHER_MSISDN)}
    assert [(card.iccid, card.language) for card in till.desk.cards()] == [(ICCID, ""), (OTHER_ICCID, "id")]


def test_a_list_given_again_does_nothing(till: Till) -> None:
    till.desk.issue([OTHER], KEY_SET)
    again = till.desk.issue([ListedCard(ICCID, MSISDN, "A"), OTHER], KEY_SET)
    assert (again.new, again.present, again.refused) == (0, 2, ())


def test_a_list_broken_off_between_endpoint_and_card(till: Till) -> None:
    till.desk._endpoints.bind(OTHER_ICCID, "B", OTHER_MSISDN)
    assert till.desk.issue([OTHER], KEY_SET).new == 1


@pytest.mark.parametrize(
    ("card", "why"),
    [
        (ListedCard(OTHER_ICCID, OTHER_MSISDN, "NOBODY"), "NOBODY"),
        (ListedCard(OTHER_ICCID, MSISDN, "A"), f"{MSISDN} is on card {ICCID}"),
        (ListedCard(ICCID, OTHER_MSISDN, "A"), "issued with another number"),
    ],
)
def test_a_card_that_cannot_be_issued_holds_up_no_other(till: Till, card: ListedCard, why: str) -> None:
    good = ListedCard("89860050110899556987", "13800138007", "A")
    issued = till.desk.issue([card, good], KEY_SET)
    assert issued.new == 1
    assert [iccid for iccid, _ in issued.refused] == [card.iccid]
    assert why in issued.refused[0][1]


def test_a_card_of_somebody_else_is_not_taken_over(till: Till) -> None:
    till.desk._endpoints.bind(OTHER_ICCID, "A", OTHER_MSISDN)
    assert till.desk.issue([OTHER], KEY_SET).refused


def test_cards_are_issued_under_keys_that_are_there(till: Till) -> None:
    with pytest.raises(CardError) as caught:
        till.desk.issue([OTHER], "GX")
    assert problem(caught) is CardProblem.BAD_KEY_SET
    assert len(till.desk.cards()) == 1


def test_blocked_and_let_in_again(till: Till, sim: SimCard) -> None:
    till.desk.block(ICCID, "reported stolen")
    assert till.one(sim.recharge(NUMBER, 5000, PASSWORD)).status is ResponseStatus.BLOCKED
    card = till.desk.history(ICCID).card
    assert (card.state.value, card.reason) == ("blocked", "reported stolen")
    till.desk.unblock(ICCID)
    assert till.one(sim.repeat(PASSWORD)).status is ResponseStatus.OK
    assert till.events() == ["blocked_by_staff", "card_blocked", "unblocked"]


def test_unblocking_begins_the_count_of_failures_anew(till: Till, sim: SimCard) -> None:
    message = sim.balance()
    till.one(message[:-1] + bytes([message[-1] ^ 1]))
    till.desk.block(ICCID, "looked at")
    till.desk.unblock(ICCID)
    assert till.desk.history(ICCID).card.checksum_failures == 0


def test_what_cannot_be(till: Till) -> None:
    with pytest.raises(CardError) as caught:
        till.desk.unblock(ICCID)
    assert problem(caught) is CardProblem.WRONG_STATE
    till.desk.block(ICCID, "once")
    with pytest.raises(CardError) as caught:
        till.desk.block(ICCID, "twice")
    assert problem(caught) is CardProblem.WRONG_STATE
    assert till.desk.history(ICCID).card.reason == "once"


@pytest.mark.parametrize("command", ["block", "unblock", "retire", "history", "reset_counter"])
def test_no_such_card(till: Till, command: str) -> None:
    arguments = {"block": ("lost",), "reset_counter": (1, 5)}.get(command, ())
    with pytest.raises(CardError) as caught:
        getattr(till.desk, command)(OTHER_ICCID, *arguments)
    assert problem(caught) is CardProblem.UNKNOWN_CARD
    assert till.events() == []


@pytest.mark.parametrize("high", [-1, 2**40])
def test_no_such_counter(till: Till, high: int) -> None:
    with pytest.raises(CardError):
        till.desk.reset_counter(ICCID, 1, high)


def test_a_number_gets_another_card(till: Till, sim: SimCard) -> None:
    till.desk.retire(ICCID)
    assert till.one(sim.balance()).status is ResponseStatus.UNDEFINED
    assert till.desk.issue([ListedCard(OTHER_ICCID, MSISDN, "A")], KEY_SET).new == 1
    # The old card's keys do not open anything under the number's new card.
    assert till.one(sim.balance()).status is ResponseStatus.CHECKSUM_FAILED
    with pytest.raises(CardError):
        till.desk.retire(ICCID)
    with pytest.raises(CardError):
        till.desk.unblock(ICCID)


def test_a_counter_begins_anew(till: Till, sim: SimCard) -> None:
    till.one(sim.balance())
    till.desk.reset_counter(ICCID, 1, 700)
    row = till.rows(tables.counter)[0]
    assert (row["high"], row["seen"]) == (700, bytes(8))
    assert till.events() == ["counter_reset"]


def test_a_reset_window_lets_no_old_order_be_made_twice(till: Till, sim: SimCard) -> None:
    message = sim.recharge(NUMBER, 5000, PASSWORD)
    till.one(message)
    till.desk.reset_counter(ICCID, 1, 0)
    again = till.one(message)
    assert again.reply is not None
    assert again.reply.repeated
    assert len(till.sales()) == 1


def test_histories_are_newest_first_and_as_long_as_wanted(till: Till, sim: SimCard) -> None:
    for index in range(5):
        till.world.clock.pass_time(seconds=1)
        till.one(sim.recharge(f"1380013800{index}", 1000 + 1000 * index, PASSWORD))
    shown = till.desk.history(ICCID, 3).messages
    assert [item.counter for item in shown] == [5, 4, 3]
    # There is no product for 20.00 among the fixed ones; the open one takes it.
    assert [item.amount_minor for item in shown] == [5000, 4000, 3000]


def test_a_refusal_stands_in_the_history(till: Till, sim: SimCard) -> None:
    till.one(sim.recharge(NUMBER, 5000, "111222"))
    shown = till.desk.history(ICCID).messages[0]
    assert (shown.outcome, shown.order_number) == ("wrong_password", "")


def test_old_messages_and_events_are_forgotten(till: Till, sim: SimCard) -> None:
    message = sim.recharge(NUMBER, 5000, PASSWORD)
    till.one(message)
    till.one(sim.with_body(b"?"))
    till.world.clock.pass_time(days=10)
    till.one(sim.balance())
    assert till.desk.forget(timedelta(days=5)) == 2
    assert len(till.desk.history(ICCID).messages) == 1
    # The nonce is not forgotten.
    again = till.one(message)
    assert again.reply is not None
    assert again.reply.repeated
