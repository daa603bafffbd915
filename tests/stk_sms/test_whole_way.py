"""From the octets a card sends to the order in the books and the answer, on both databases."""

from datetime import timedelta

import pytest

from recharge import OrderState
from recharge.domain.outcomes import OutcomeState
from simulators.sim_card.card import SimCard
from stk_sms import tables
from stk_sms.cards.card_list import ListedCard
from stk_sms.cards.errors import CardError
from stk_sms.cards.writing import CardWriter
from stk_sms.packet import Algorithm, ResponseStatus
from tests.stk_sms.till import ICCID, KEY_SET, MSISDN, NEW_MASTERS, OTHER_ICCID, OTHER_MSISDN, Till
from tests.support.world import NUMBER, PASSWORD


@pytest.fixture
def till_url(clean_database_url: str) -> str:
    """Both databases, one after the other."""
    return clean_database_url


def test_a_recharge_is_held_and_told(till: Till, sim: SimCard) -> None:
    answer = till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    assert answer.status is ResponseStatus.OK
    assert answer.reply is not None
    assert answer.reply.order is not None
    assert answer.text == f"{NUMBER} 充值50.00：已受理，余额951.00，单号尾号{answer.reply.order.order_number[-6:]}。"
    assert till.sales() == [(NUMBER, 5000)]
    assert till.world.balance("A") == 95100


def test_the_smsc_delivers_it_twice(till: Till, sim: SimCard) -> None:
    first = till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    again = till.one(sim.resend())
    assert again.reply is not None
    assert again.reply.repeated
    assert again.text == first.text
    assert till.sales() == [(NUMBER, 5000)]
    assert not till.events()


def test_the_agent_repeats_it_and_hears_how_it_ended(till: Till, sim: SimCard) -> None:
    first = till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    assert first.reply is not None
    till.world.hear(till.world.send(first.reply), OutcomeState.SUCCESS, serial_number="SN20261120001")
    again = till.one(sim.repeat(PASSWORD))
    assert again.reply is not None
    assert again.reply.order is not None
    assert again.reply.order.state is OrderState.SUCCEEDED
    assert "凭证号SN20261120001" in again.text
    assert len(again.text) <= 70
    assert till.sales() == [(NUMBER, 5000)]


def test_a_repeat_of_a_message_that_was_lost_makes_the_order(till: Till, sim: SimCard) -> None:
    lost = sim.recharge(NUMBER, 5000, PASSWORD)
    answer = till.one(sim.repeat(PASSWORD))
    assert answer.reply is not None
    assert not answer.reply.repeated
    # What was lost turns up after all.
    late = till.one(lost)
    assert late.reply is not None
    assert late.reply.repeated
    assert till.sales() == [(NUMBER, 5000)]


def test_two_in_one_read_are_one_order(till: Till, sim: SimCard) -> None:
    message = sim.recharge(NUMBER, 5000, PASSWORD)
    first, second = till.send(message, message)
    assert first.text == second.text
    assert till.sales() == [(NUMBER, 5000)]
    assert not till.events()


def test_another_body_under_the_same_nonce_is_refused_and_reported(till: Till, sim: SimCard) -> None:
    from simulators.sim_card import menu

    till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    other = sim.with_body(menu.sale(menu.RECHARGE, sim.last_nonce, NUMBER, 10000, PASSWORD))
    answer = till.one(other)
    assert "流水号已用于另一笔业务" in answer.text
    assert till.events() == ["other_body"]
    assert till.sales() == [(NUMBER, 5000)]


def test_a_wrong_password_uses_the_nonce_up(till: Till, sim: SimCard) -> None:
    answer = till.one(sim.recharge(NUMBER, 5000, "111222"))
    assert "密码未通过" in answer.text
    # The same nonce with the right password is the same request: it has its answer.
    again = till.one(sim.repeat(PASSWORD))
    assert again.text == answer.text
    assert till.sales() == []
    # A new message is a new request.
    assert "已受理" in till.one(sim.recharge(NUMBER, 5000, PASSWORD)).text


def killed_in(step: str, till: Till, message: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies when it comes to this step of writing down."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(CardWriter, step, killed)
        with pytest.raises(KeyboardInterrupt):
            till.one(message)


def test_killed_between_the_commit_and_the_answer_a_redelivery_is_genuine(
    till: Till, sim: SimCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = sim.recharge(NUMBER, 5000, PASSWORD)
    killed_in("write_down", till, message, monkeypatch)
    assert till.sales() == [(NUMBER, 5000)]
    assert till.rows(tables.counter)[0]["high"] == 1
    answer = till.one(message)
    assert answer.reply is not None
    assert answer.reply.repeated
    assert "已受理" in answer.text
    assert till.sales() == [(NUMBER, 5000)]
    assert [row["answers"] for row in till.rows(tables.message)] == [2]
    assert not till.events()


def test_an_order_and_what_is_written_of_its_message_are_kept_together_or_not_at_all(
    till: Till, sim: SimCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = sim.recharge(NUMBER, 5000, PASSWORD)
    killed_in("_keep_events", till, message, monkeypatch)
    assert [till.sales(), till.rows(tables.counter), till.rows(tables.message)] == [[], [], []]
    assert "已受理" in till.one(message).text
    assert till.sales() == [(NUMBER, 5000)]
    assert not till.events()


def test_a_clone_is_noticed_by_its_counter_and_blocked(till: Till, sim: SimCard) -> None:
    till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    clone = sim.clone(sim._path.with_name("clone.json"))
    till.one(sim.recharge("13800138001", 5000, PASSWORD))
    answer = till.one(clone.recharge("13800138002", 5000, PASSWORD))
    assert (answer.status, answer.text) == (ResponseStatus.BLOCKED, "")
    assert till.events() == ["cloned"]
    assert till.state() == "blocked"
    assert till.one(sim.balance()).status is ResponseStatus.BLOCKED
    assert len(till.sales()) == 2


def test_the_operator_sees_what_a_card_sent(till: Till, sim: SimCard) -> None:
    till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    till.one(sim.balance())
    shown = till.desk.history(ICCID).messages
    assert [(item.operation, item.number, item.amount_minor, item.outcome) for item in shown] == [
        (4, "", None, "taken"),
        (1, NUMBER, 5000, "taken"),
    ]


def test_staff_runs_cards_and_keys(till: Till, sim: SimCard) -> None:
    """The desks' commands on both databases, in the order a province would give them."""
    other = ListedCard(OTHER_ICCID, OTHER_MSISDN, "B")
    assert till.desk.issue([other, ListedCard("89860050110899556987", MSISDN, "A")], KEY_SET).new == 1
    till.desk.block(OTHER_ICCID, "lost")
    till.desk.unblock(OTHER_ICCID)
    till.desk.retire(OTHER_ICCID)
    till.desk.reset_counter(ICCID, 1, 10)
    sim.counter = 10
    version = till.new_keys(Algorithm.AES, NEW_MASTERS, days=1)
    acknowledged = sim.hear(till.updates().message(ICCID, version, till.now()))
    assert acknowledged is not None
    assert till.one(acknowledged).status is ResponseStatus.OK
    till.world.clock.pass_time(days=2)
    assert till.keys.end_retired() == 1
    with pytest.raises(CardError):
        till.keys.kill(KEY_SET, 1)
    assert till.one(sim.with_body(b"?")).status is ResponseStatus.UNDEFINED
    assert [row.kind for row in till.desk.history(ICCID).events] == ["bad_body", "counter_reset"]
    till.world.clock.pass_time(days=200)
    assert till.desk.forget(timedelta(days=180)) == 5
