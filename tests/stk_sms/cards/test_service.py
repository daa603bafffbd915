"""The replay rules, one by one, over the real engine; see design page stk_sms, "Replay policy"."""

from dataclasses import replace
from pathlib import Path

import pytest

from recharge import OrderState, RefusalCode
from recharge.domain.outcomes import OutcomeState
from simulators.sim_card import menu
from simulators.sim_card.card import SimCard
from stk_sms import tables
from stk_sms.cards.card_list import ListedCard
from stk_sms.cards.gate import CardMessage, GateRules
from stk_sms.cards.records import EventKind
from stk_sms.cards.service import MOST_ANSWERS
from stk_sms.packet import Algorithm, ResponseStatus
from tests.stk_sms.till import ICCID, KEY_SET, MASTERS, MSISDN, NEW_MASTERS, OTHER_ICCID, OTHER_MSISDN, Till
from tests.support.world import NUMBER, PASSWORD


def numbers(count: int) -> list[str]:
    """Customers of our own, so that no two orders look like one given twice."""
    return [f"138001380{index:02d}" for index in range(count)]


def sell(till: Till, sim: SimCard, count: int) -> None:
    for number in numbers(count):
        assert till.one(sim.recharge(number, 1000, PASSWORD)).status is ResponseStatus.OK


def window(till: Till, version: int = 1) -> tuple[int, int]:
    row = next(row for row in till.rows(tables.counter) if row["key_version"] == version)
    return row["high"], int.from_bytes(row["seen"])


def test_messages_that_overtake_each_other_are_all_taken(till: Till, sim: SimCard) -> None:
    messages = [sim.recharge(number, 1000, PASSWORD) for number in numbers(6)]
    for message in reversed(messages):
        assert till.one(message).status is ResponseStatus.OK
    assert len(till.sales()) == 6
    assert window(till) == (6, 0b111111)
    assert not till.events()


def test_a_message_older_than_the_window_is_too_old(till: Till, sim: SimCard) -> None:
    held_up = sim.recharge(NUMBER, 5000, PASSWORD)
    sim.counter = 64
    till.one(sim.balance())
    answer = till.one(held_up)
    assert answer.status is ResponseStatus.COUNTER_LOW
    assert "太晚" in answer.text
    assert till.events() == ["counter_old"]
    assert till.sales() == []
    # It was not carried out, so its repeat is a new order.
    assert "已受理" in till.one(sim.repeat(PASSWORD)).text


def test_the_oldest_within_the_window_is_taken(till: Till, sim: SimCard) -> None:
    held_up = sim.recharge(NUMBER, 5000, PASSWORD)
    sim.counter = 63
    till.one(sim.balance())
    assert till.one(held_up).status is ResponseStatus.OK
    assert till.sales() == [(NUMBER, 5000)]


def test_an_old_message_that_was_answered_is_met_with_silence(till: Till, sim: SimCard) -> None:
    message = sim.recharge(NUMBER, 5000, PASSWORD)
    till.one(message)
    sim.counter = 500
    till.one(sim.balance())
    answer = till.one(message)
    assert (answer.status, answer.text) == (ResponseStatus.COUNTER_LOW, "")
    assert till.rows(tables.counter)[0]["behind_steps"] == 0


def test_a_counter_far_ahead_is_refused_and_alarmed(till: Till, sim: SimCard) -> None:
    till.one(sim.balance())
    sim.counter = 100_001
    answer = till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    assert (answer.status, answer.text) == (ResponseStatus.COUNTER_HIGH, "")
    assert till.events() == ["counter_far"]
    assert till.sales() == []
    # Staff reads the counter from the card and lets it go on from there.
    till.desk.reset_counter(ICCID, 1, 100_001)
    assert till.one(sim.repeat(PASSWORD)).status is ResponseStatus.OK


def test_a_hundred_thousand_ahead_is_still_taken(till: Till, sim: SimCard) -> None:
    till.one(sim.balance())
    sim.counter = 100_000
    assert till.one(sim.balance()).status is ResponseStatus.OK


def test_a_wrong_checksum_is_counted_and_never_answered(till: Till, sim: SimCard) -> None:
    message = sim.recharge(NUMBER, 5000, PASSWORD)
    for place in (13, 30, 60):
        answer = till.one(message[:place] + bytes([message[place] ^ 4]) + message[place + 1 :])
        assert (answer.status, answer.text) == (ResponseStatus.CHECKSUM_FAILED, "")
    assert till.desk.history(ICCID).card.checksum_failures == 3
    assert till.state() == "active"
    assert till.rows(tables.counter) == []
    # The card itself is not kept out by what others send under its number.
    assert till.one(message).status is ResponseStatus.OK


def test_a_body_that_cannot_be_read_is_told_and_takes_nothing(till: Till, sim: SimCard) -> None:
    answer = till.one(sim.with_body(b"\x81\x02\x01\x01"))
    assert answer.status is ResponseStatus.UNDEFINED
    assert "请求不完整" in answer.text
    assert till.events() == ["bad_body"]
    assert till.rows(tables.counter) == []


def test_the_first_answer_and_three_more(till: Till, sim: SimCard) -> None:
    texts = [till.one(sim.recharge(NUMBER, 5000, PASSWORD)).text]
    texts += [till.one(sim.resend()).text for _ in range(MOST_ANSWERS + 1)]
    assert all(texts[:MOST_ANSWERS])
    assert not any(texts[MOST_ANSWERS:])
    assert len(till.sales()) == 1
    assert till.rows(tables.message)[0]["answers"] == MOST_ANSWERS + 2


def test_two_processes_take_the_same_message_once(till: Till, sim: SimCard) -> None:
    other, message = till.process(), sim.recharge(NUMBER, 5000, PASSWORD)
    first = till.one(message)
    second = other.take([CardMessage(MSISDN, message)])[0]
    assert second.text == first.text
    assert len(till.sales()) == 1
    assert not till.events()


def test_clones_in_one_read(till: Till, sim: SimCard, tmp_path: Path) -> None:
    clone = sim.clone(tmp_path / "clone.json")
    mine, its = sim.recharge(NUMBER, 5000, PASSWORD), clone.recharge("13800138001", 5000, PASSWORD)
    answers = till.send(mine, its, sim.balance())
    assert [answer.status for answer in answers] == [ResponseStatus.OK, ResponseStatus.BLOCKED, ResponseStatus.BLOCKED]
    assert till.sales() == [(NUMBER, 5000)]
    assert till.events() == ["cloned", "card_blocked"]
    assert till.state() == "blocked"


def test_what_needs_somebody_today_is_logged_without_octets(
    till: Till, sim: SimCard, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clone = sim.clone(tmp_path / "clone.json")
    message = clone.recharge("13800138001", 5000, PASSWORD)
    till.send(sim.recharge(NUMBER, 5000, PASSWORD), message)
    assert f"card {ICCID}: cloned" in caplog.text
    assert PASSWORD not in caplog.text
    assert message.hex()[26:] not in caplog.text


def test_clones_in_two_processes_at_once_are_noticed_when_written_down(
    till: Till, sim: SimCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both processes saw the window before either wrote it."""
    clone = sim.clone(tmp_path / "clone.json")
    other = till.process()
    before = other._reader.sights([MSISDN])
    till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    monkeypatch.setattr(other._reader, "sights", lambda _: before)
    other.take([CardMessage(MSISDN, clone.recharge("13800138001", 5000, PASSWORD))])
    assert till.events() == ["cloned"]
    assert till.state() == "blocked"


def test_one_message_in_two_processes_at_once_is_no_clone(till: Till, sim: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    message, other = sim.recharge(NUMBER, 5000, PASSWORD), till.process()
    before = other._reader.sights([MSISDN])
    till.one(message)
    monkeypatch.setattr(other._reader, "sights", lambda _: before)
    other.take([CardMessage(MSISDN, message)])
    assert not till.events()
    assert till.state() == "active"


def test_a_clone_that_lags_behind_is_noticed_when_it_counts_along(till: Till, sim: SimCard, tmp_path: Path) -> None:
    till.one(sim.balance())
    clone = sim.clone(tmp_path / "clone.json")
    sim.counter = 5000
    till.one(sim.balance())
    for number in numbers(3):
        assert till.one(clone.recharge(number, 1000, PASSWORD)).status is ResponseStatus.COUNTER_LOW
    assert till.sales() == []
    assert till.events() == ["counter_old", "counter_old", "counter_old", "cloned"]
    assert till.state() == "blocked"


def test_unblocking_forgets_the_second_counter(till: Till, sim: SimCard, tmp_path: Path) -> None:
    test_a_clone_that_lags_behind_is_noticed_when_it_counts_along(till, sim, tmp_path)
    till.desk.unblock(ICCID)
    assert till.one(sim.balance()).status is ResponseStatus.OK
    assert till.rows(tables.counter)[0]["behind_steps"] == 0


def test_a_card_without_an_endpoint_is_told_and_never_called_a_clone(till: Till, sim: SimCard, tmp_path: Path) -> None:
    with till.world.database.write() as connection:
        connection.execute(tables.card.insert().values(**(till.rows(tables.card)[0] | {"iccid": OTHER_ICCID, "msisdn": "13800138001"})))
    stray = till.card(tmp_path, OTHER_ICCID, "13800138001")
    message = stray.balance()
    for _ in range(2):
        answer = till.one(message, sender=stray.msisdn)
        assert answer.reply is not None
        assert answer.reply.refusal is not None
        assert answer.reply.refusal.code is RefusalCode.UNKNOWN_ENDPOINT
    assert not till.events()


def test_too_many_in_a_minute_are_asked_to_come_again(till: Till, sim: SimCard) -> None:
    till.orders = till.process(GateRules(most_a_minute=2))
    answers = till.send(*(sim.recharge(number, 1000, PASSWORD) for number in numbers(3)))
    assert [answer.status for answer in answers] == [ResponseStatus.OK, ResponseStatus.OK, ResponseStatus.UNDEFINED]
    assert "原样重发" in answers[2].text
    assert till.events() == ["too_many"]
    till.world.clock.pass_time(minutes=1)
    assert "已受理" in till.one(sim.repeat(PASSWORD)).text
    assert len(till.sales()) == 3


def test_when_the_database_is_away_the_smsc_keeps_the_message(till: Till, sim: SimCard, monkeypatch: pytest.MonkeyPatch) -> None:
    from recharge import Refusal, Reply

    message = sim.recharge(NUMBER, 5000, PASSWORD)
    with monkeypatch.context() as patched:
        patched.setattr(till.engine, "take_many", lambda asked, _: [Reply(refusal=Refusal(RefusalCode.BUSY)) for _ in asked])
        answer = till.one(message)
    assert answer.again
    assert answer.text == ""
    assert till.rows(tables.counter) == []
    assert not till.one(message).again
    assert len(till.sales()) == 1


def test_a_query_and_a_balance(till: Till, sim: SimCard) -> None:
    sale = till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    query = till.one(sim.query())
    assert sale.reply is not None
    assert query.reply is not None
    assert query.reply.order is not None
    assert sale.reply.order is not None
    assert query.reply.order.order_number == sale.reply.order.order_number
    assert till.one(sim.balance()).text == "余额951.00，佣金0.00。"


def test_a_query_in_the_same_read_finds_the_sale_before_it(till: Till, sim: SimCard) -> None:
    sale, query = till.send(sim.recharge(NUMBER, 5000, PASSWORD), sim.query())
    assert query.text.startswith(f"{NUMBER} 充值50.00")
    assert sale.status is query.status is ResponseStatus.OK


def test_a_query_for_what_never_came(till: Till, sim: SimCard) -> None:
    lost = sim.recharge(NUMBER, 5000, PASSWORD)
    query = sim.query()
    assert "没有找到原业务" in till.one(query).text
    # Asking does no harm: the order is carried out when it comes, and the same question is not asked twice.
    assert "已受理" in till.one(lost).text
    assert "没有找到原业务" in till.one(query).text
    assert till.one(sim.query()).text.startswith(NUMBER)
    assert not till.events()


def test_a_reversal(till: Till, sim: SimCard) -> None:
    sale = till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    assert sale.reply is not None
    till.world.hear(till.world.send(sale.reply), OutcomeState.SUCCESS, serial_number="SN1")
    answer = till.one(sim.reversal(PASSWORD))
    assert answer.reply is not None
    assert answer.reply.order is not None
    assert answer.reply.order.state is OrderState.REVERSING
    assert "返销中" in answer.text


def test_a_reversal_needs_the_password(till: Till, sim: SimCard) -> None:
    sale = till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    assert sale.reply is not None
    till.world.hear(till.world.send(sale.reply), OutcomeState.SUCCESS, serial_number="SN1")
    assert "密码未通过" in till.one(sim.reversal("111222")).text
    assert till.world.state(sale.reply) == "succeeded"


def test_a_reversal_that_overtakes_its_order_keeps_it_from_being_carried_out(till: Till, sim: SimCard) -> None:
    late = sim.recharge(NUMBER, 5000, PASSWORD)
    reversal = sim.reversal(PASSWORD)
    assert "不再受理" in till.one(reversal).text
    assert "已撤销" in till.one(late).text
    assert till.sales() == []
    # And once more the same.
    assert "不再受理" in till.one(reversal).text
    assert not till.events()


def test_a_transfer_and_a_new_password(till: Till, sim: SimCard) -> None:
    answer = till.one(sim.transfer("9", 5000, PASSWORD))
    assert answer.reply is not None
    assert answer.reply.refusal is not None
    assert answer.reply.refusal.code in {RefusalCode.UNKNOWN_PARTY, RefusalCode.TRANSFER_NOT_ALLOWED}
    assert till.one(sim.change_password(PASSWORD, "719384")).text == "服务密码已修改，请用新密码办理业务。"
    assert "密码未通过" in till.one(sim.recharge(NUMBER, 5000, PASSWORD)).text
    assert "已受理" in till.one(sim.recharge("13800138001", 5000, "719384")).text


def test_a_transfer_to_a_cards_number_is_for_its_party(till: Till, sim: SimCard) -> None:
    """A card's keys have no letters, and the codes of parties may have: the number of the other side's card will do."""

    def answered() -> RefusalCode:
        reply = till.one(sim.transfer(OTHER_MSISDN, 5000, PASSWORD)).reply
        assert reply is not None
        assert reply.refusal is not None
        return reply.refusal.code

    assert answered() is RefusalCode.UNKNOWN_PARTY
    till.desk.issue([ListedCard(OTHER_ICCID, OTHER_MSISDN, "B")], KEY_SET)
    # Found, and not below the giver.
    assert answered() is RefusalCode.TRANSFER_NOT_ALLOWED


def test_the_same_order_within_minutes_takes_the_mark(till: Till, sim: SimCard) -> None:
    till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    assert "重复标记" in till.one(sim.recharge(NUMBER, 5000, PASSWORD)).text
    assert "已受理" in till.one(sim.recharge(NUMBER, 5000, PASSWORD, mark=1)).text
    assert len(till.sales()) == 2


def test_key_versions_turn_over(till: Till, sim: SimCard, tmp_path: Path) -> None:
    sell(till, sim, 2)
    assert till.new_keys(Algorithm.AES, NEW_MASTERS, days=30) == 2
    # The old keys are still taken; the card gets its new ones and answers under them.
    assert till.one(sim.balance()).status is ResponseStatus.OK
    acknowledged = sim.hear(till.updates().message(ICCID, 2, till.now()))
    assert acknowledged is not None
    assert till.one(acknowledged).text == "卡片密钥已更新。"
    assert till.one(acknowledged).status is ResponseStatus.OK
    assert window(till, 2)[0] == sim.counter
    till.world.clock.pass_time(days=31)
    old = till.card(tmp_path)
    old.counter = 50
    assert till.one(old.balance()).status is ResponseStatus.UNDEFINED
    assert till.events() == [EventKind.KEY_VERSION.value]
    assert till.keys.end_retired() == 1


def test_a_repeat_across_a_change_of_keys_is_no_second_sale(till: Till, sim: SimCard) -> None:
    till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    nonce = sim.last_nonce
    till.new_keys(Algorithm.AES, NEW_MASTERS)
    acknowledged = sim.hear(till.updates().message(ICCID, 2, till.now()))
    assert acknowledged is not None
    till.one(acknowledged)
    body = menu.sale(menu.REPEAT, bytes(range(8)), NUMBER, 5000, PASSWORD) + menu.field(0x88, nonce)
    answer = till.one(sim.with_body(body))
    assert answer.reply is not None
    assert answer.reply.repeated
    assert len(till.sales()) == 1
    assert till.one(sim.query()).text.startswith(NUMBER)


def test_a_legacy_card(till: Till, tmp_path: Path) -> None:
    from stk_sms.cards.card_list import ListedCard

    version = till.keys.add("OLD", Algorithm.TRIPLE_DES_2, *MASTERS)
    till.keys.activate("OLD", version, keep=till.now() - till.now())
    till.desk.issue([ListedCard(OTHER_ICCID, "13800138001", "B", "en")], "OLD")
    card = SimCard.make(tmp_path / "old.json", OTHER_ICCID, "13800138001", "3des2", 1, MASTERS)
    answer = till.one(card.recharge(NUMBER, 5000, PASSWORD), sender=card.msisdn)
    assert answer.reply is not None
    assert answer.reply.refusal is not None
    # Point B has nothing in its account; its card reads English.
    assert "balance" in answer.text.lower()


def test_neighbours_are_not_disturbed(till: Till, sim: SimCard) -> None:
    good = sim.recharge(NUMBER, 5000, PASSWORD)
    bad = sim.recharge("13800138001", 5000, PASSWORD)
    answers = till.send(b"", b"\x02\x70\x00", bad[:-1], good, b"\xff" * 140, sim.with_body(b"?"))
    assert [answer.status is ResponseStatus.OK for answer in answers] == [False, False, False, True, False, False]
    assert till.sales() == [(NUMBER, 5000)]


def test_a_missing_key_holds_up_nobody_else(till: Till, sim: SimCard, tmp_path: Path) -> None:
    with till.world.database.write() as connection:
        row = till.rows(tables.key_version)[0] | {"version": 9}
        connection.execute(tables.key_version.insert().values(**row))
    stray = SimCard.make(tmp_path / "nine.json", ICCID, MSISDN, "aes", 9, MASTERS)
    first, second = till.send(stray.balance(), sim.recharge(NUMBER, 5000, PASSWORD))
    assert first.again
    assert second.status is ResponseStatus.OK
    assert till.rows(tables.card)[0]["key_set"] == KEY_SET


def test_nothing_came(till: Till) -> None:
    assert till.send() == []


def test_what_is_kept_shows_no_password(till: Till, sim: SimCard) -> None:
    till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    till.one(sim.with_body(menu.sale(menu.RECHARGE, bytes(8), NUMBER, 5000, PASSWORD)[:-2]))
    kept = repr([till.rows(table) for table in (tables.message, tables.event, tables.counter, tables.card)])
    assert PASSWORD not in kept
    assert replace(till.desk.history(ICCID).card).iccid == ICCID
