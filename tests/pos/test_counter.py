"""Sales, confirms, cancels and reversals as a terminal sees them: every row of the state table, over the real engine."""

import pytest

from pos.codec.message import Message
from pos.fields.elements import Tag
from pos.judge import Opened
from pos.verdict import Verdict, Waiting
from recharge.domain.outcomes import FailureReason, OutcomeState
from tests.pos.stand import TERMINAL, Stand
from tests.support.world import NUMBER, PASSWORD


def test_a_recharge_that_goes_well(stand: Stand) -> None:
    sale, answer = stand.sold()
    assert (answer.mti, answer.text(39)) == ("0210", "00")
    for number in (3, 4, 11, 41, 42, 49, 60):
        assert answer.fields[number] == sale.fields[number], number
    told = stand.elements(answer)
    assert (told[Tag.NUMBER], told[Tag.CARRIER], told[Tag.OUTCOME], told[Tag.BALANCE]) == (NUMBER, "CM", "00", "95100")
    assert told[Tag.SERIAL] == "SN20261120001"
    assert answer.text(38) == "120001"
    assert answer.text(15) == "1120"
    assert answer.octets(63).decode("gbk") == "01 交易成功"
    assert stand.world.balance("A") == 95100


def test_the_same_message_again_is_the_same_sale(stand: Stand) -> None:
    sale, first = stand.sold()
    again = stand.send(sale)
    assert (again.text(39), again.text(37)) == ("00", first.text(37))
    assert stand.elements(again)[Tag.ORDER] == stand.elements(first)[Tag.ORDER]
    assert stand.orders() == [(5000, "succeeded")]


def test_twice_in_one_read_is_one_sale(stand: Stand) -> None:
    frame = stand.hand.frame(stand.hand.sale())
    (first, one), (_, two) = stand.steps(frame, frame)
    assert isinstance(one, Waiting)
    assert isinstance(two, Waiting)
    assert one.order_number == two.order_number
    stand.carrier(one.order_number)
    assert stand.answer(first, stand.ended(two)).text(39) == "00"
    assert stand.orders() == [(5000, "succeeded")]


def test_the_same_trace_with_another_amount_is_a_duplicate(stand: Stand) -> None:
    sale, _ = stand.sold()
    other = stand.hand.sale(3000, trace=int(sale.text(11)))
    assert stand.send(other).text(39) == "94"
    assert stand.orders() == [(5000, "succeeded")]


def test_the_carrier_refuses(stand: Stand) -> None:
    answer = stand.wait(stand.hand.sale(), OutcomeState.FAILED, reason=FailureReason.NUMBER_STOPPED)
    assert answer.text(39) == "14"
    assert "号码已停用" in stand.elements(answer)[Tag.TEXT]
    assert stand.elements(answer)[Tag.OUTCOME] == "02"
    assert stand.world.balance("A") == 100000


def test_nobody_knows_in_time(stand: Stand) -> None:
    answer = stand.send(stand.hand.sale())
    assert answer.text(39) == "A6"
    assert stand.elements(answer)[Tag.OUTCOME] == "01"
    assert "勿重办" in stand.elements(answer)[Tag.TEXT]


def test_a_terminal_that_reverses_is_told_nothing_final(stand: Stand) -> None:
    with stand.world.database.write() as connection:
        stand.world.database.change(connection, "UPDATE pos_terminal SET timeout_policy = 'reversal'")
    assert stand.send(stand.hand.sale()).text(39) == "98"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"pin": "111222"}, "55"),
        ({"amount_minor": 1234}, "13"),
        ({"amount_minor": 50000_00}, "13"),
        ({"number": "12345678901"}, "14"),
        ({"number": ""}, "14"),
        ({"elements": {Tag.CARRIER: "CU"}}, "14"),
        ({"elements": {Tag.CARRIER: "XX"}}, "14"),
        ({"elements": {Tag.PRODUCT: "01"}}, "40"),
        ({"elements": {Tag.MARK: "x"}}, "30"),
        ({"batch": 2}, "77"),
    ],
)
def test_what_is_refused_and_sells_nothing(stand: Stand, how: dict[str, object], code: str) -> None:
    answer = stand.send(stand.hand.sale(**how))  # type: ignore[arg-type]
    assert answer.text(39) == code
    assert stand.orders() == []


def test_what_was_refused_is_not_judged_anew_when_a_copy_comes_late(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    from recharge.engine.door import Recognised

    sale = stand.hand.sale(elements={Tag.CARRIER: "CM"})
    with monkeypatch.context() as patch:
        patch.setattr(stand.engine, "recognise", lambda number: Recognised(number, "CUCC", "", ""))
        assert stand.send(sale).text(39) == "14"
    assert stand.send(sale).text(39) == "12"
    assert stand.send(stand.hand.about(sale, "0220")).text(39) == "25"
    assert stand.orders() == []


def test_a_copy_of_what_was_sold_is_that_sale_whatever_is_thought_of_it_now(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    from recharge.engine.door import Recognised

    sale = stand.hand.sale(elements={Tag.CARRIER: "CM"})
    stand.wait(sale)
    monkeypatch.setattr(stand.engine, "recognise", lambda number: Recognised(number, "CUCC", "", ""))
    assert stand.send(sale).text(39) == "00"


def test_too_little_money(stand: Stand) -> None:
    for number in range(2):
        stand.send(stand.hand.sale(50000, f"1380013800{number}"))
    answer = stand.send(stand.hand.sale(10000))
    assert answer.text(39) == "51"
    assert "20.00" in stand.elements(answer)[Tag.TEXT]


def test_a_password_tried_too_often(stand: Stand) -> None:
    codes = [stand.send(stand.hand.sale(pin="111222")).text(39) for _ in range(4)]
    assert codes[0] == "55"
    assert codes[-1] == "38"
    assert stand.send(stand.hand.sale()).text(39) == "38"


def test_the_same_sale_again_wants_a_mark(stand: Stand) -> None:
    stand.sold()
    assert stand.send(stand.hand.sale()).text(39) == "94"
    marked = stand.wait(stand.hand.sale(elements={Tag.MARK: "1"}))
    assert marked.text(39) == "00"


def test_a_bill_and_a_chosen_carrier(stand: Stand) -> None:
    answer = stand.wait(stand.hand.sale(4321, elements={Tag.PRODUCT: "02", Tag.CARRIER: "CM"}))
    assert answer.text(39) == "00"
    assert stand.elements(answer)[Tag.PRODUCT] == "02"


def test_a_confirm_of_what_never_came_uses_it_up(stand: Stand) -> None:
    sale = stand.hand.sale()
    for _ in range(2):
        assert stand.send(stand.hand.about(sale, "0220")).text(39) == "25"
    late = stand.send(sale)
    assert late.text(39) == "12"
    assert stand.orders() == []


def test_a_confirm_tells_how_it_ended(stand: Stand) -> None:
    sale = stand.hand.sale()
    assert stand.send(sale).text(39) == "A6"
    assert stand.send(stand.hand.about(sale, "0220")).text(39) == "A6"
    answer = stand.wait(stand.hand.about(sale, "0220"))
    assert (answer.mti, answer.text(39)) == ("0230", "00")
    assert stand.send(stand.hand.about(sale, "0220")).text(37) == answer.text(37)


def test_a_confirm_of_what_was_refused_tells_the_refusal(stand: Stand) -> None:
    sale = stand.hand.sale(1234)
    assert stand.send(sale).text(39) == "13"
    assert stand.send(stand.hand.about(sale, "0220")).text(39) == "13"


def test_a_confirm_with_another_amount_is_not_the_original(stand: Stand) -> None:
    sale, _ = stand.sold()
    other = stand.hand.about(sale, "0220")
    assert stand.send(Message("0220", {**other.fields, 4: "000000001000"})).text(39) == "64"


def test_a_blocked_terminal_still_learns_what_became_of_its_sale(stand: Stand) -> None:
    sale, _ = stand.sold()
    stand.registry.block(TERMINAL, "stolen")
    assert stand.send(stand.hand.about(sale, "0220")).text(39) == "00"
    assert stand.send(stand.hand.about(sale, "0400")).text(39) == "58"
    assert stand.send(stand.hand.sale()).text(39) == "58"


def test_a_reversal_of_what_never_came_is_a_tombstone(stand: Stand) -> None:
    sale = stand.hand.sale()
    for _ in range(2):
        assert stand.send(stand.hand.about(sale, "0400")).text(39) == "25"
    assert stand.send(sale).text(39) == "12"
    assert stand.orders() == []


def test_a_reversal_of_what_failed_is_done(stand: Stand) -> None:
    sale = stand.hand.sale()
    stand.wait(sale, OutcomeState.FAILED)
    refused = stand.hand.sale(1234)
    stand.send(refused)
    assert stand.send(stand.hand.about(sale, "0400")).text(39) == "00"
    assert stand.send(stand.hand.about(refused, "0400")).text(39) == "00"


def test_a_reversal_of_what_was_done_takes_it_back(stand: Stand) -> None:
    sale, _ = stand.sold()
    reversal = stand.hand.about(sale, "0400")
    answer = stand.wait(reversal)
    assert (answer.mti, answer.text(39)) == ("0410", "00")
    assert stand.world.balance("A") == 100000
    assert stand.send(reversal).text(39) == "00"
    assert stand.send(sale).text(39) == "12"
    assert stand.send(stand.hand.about(sale, "0220")).text(39) == "12"
    assert stand.orders() == [(5000, "reversed")]


def test_a_reversal_that_the_carrier_refuses(stand: Stand) -> None:
    sale, _ = stand.sold()
    reversal = stand.hand.about(sale, "0400")
    assert stand.wait(reversal, OutcomeState.FAILED).text(39) == "22"
    assert stand.send(reversal).text(39) == "22"
    assert stand.send(sale).text(39) == "00"
    assert stand.orders() == [(5000, "succeeded")]


def test_a_reversal_overtakes_the_outcome_and_is_finished_by_itself(stand: Stand) -> None:
    sale = stand.hand.sale()
    opened, step = stand.steps(stand.hand.frame(sale))[0]
    assert isinstance(step, Waiting)
    reversal = stand.hand.about(sale, "0400")
    assert stand.send(reversal).text(39) == "98"
    # While it is being taken back, the sale is used up whoever asks.
    assert stand.send(sale).text(39) == "12"
    stand.carrier(step.order_number)
    assert isinstance(opened, Opened)
    stand.process()
    stand.world.clock.pass_time(seconds=10)
    assert stand.reversals.work(older_than=stand.world.clock.now() - stand.world.clock.now()) == 1
    assert stand.orders() == [(5000, "reversing")]
    stand.carrier(step.order_number)
    stand.reversals.work(older_than=stand.world.clock.now() - stand.world.clock.now())
    assert stand.orders() == [(5000, "reversed")]
    assert stand.send(reversal).text(39) == "00"


def test_a_reversal_of_what_then_fails_is_done_by_itself(stand: Stand) -> None:
    sale = stand.hand.sale()
    _, step = stand.steps(stand.hand.frame(sale))[0]
    assert isinstance(step, Waiting)
    opened, reversing = stand.steps(stand.hand.frame(stand.hand.about(sale, "0400")))[0]
    assert isinstance(reversing, Waiting)
    stand.carrier(step.order_number, OutcomeState.FAILED)
    assert stand.answer(opened, stand.ended(reversing)).text(39) == "00"


def test_a_reversal_with_another_amount_changes_nothing(stand: Stand) -> None:
    sale, _ = stand.sold()
    other = stand.hand.about(sale, "0400")
    assert stand.send(Message("0400", {**other.fields, 4: "000000001000"})).text(39) == "64"
    assert stand.orders() == [(5000, "succeeded")]


def test_a_cancel_of_the_same_day(stand: Stand) -> None:
    sale, sold = stand.sold()
    cancel = stand.hand.cancel(sale, sold.text(37))
    answer = stand.wait(cancel)
    assert (answer.mti, answer.text(39), answer.text(37)) == ("0210", "00", sold.text(37))
    assert stand.world.balance("A") == 100000
    assert stand.send(cancel).text(39) == "00"
    assert stand.send(stand.hand.cancel(sale)).text(39) == "22"


@pytest.mark.parametrize("state", [OutcomeState.SUCCESS, OutcomeState.FAILED])
def test_a_lost_answer_to_a_cancel(stand: Stand, state: OutcomeState) -> None:
    sale, _ = stand.sold()
    cancel = stand.hand.cancel(sale)
    done = state is OutcomeState.SUCCESS
    assert stand.send(cancel).text(39) == "A6"
    assert stand.wait(stand.hand.about(cancel, "0220"), state).text(39) == ("00" if done else "22")
    # A cancel that was done stays done; one that was refused is as if it had never been.
    assert stand.send(stand.hand.about(cancel, "0400")).text(39) == ("22" if done else "00")
    never = stand.hand.cancel(sale)
    assert stand.send(stand.hand.about(never, "0400")).text(39) == "25"
    assert stand.send(never).text(39) == "12"


def test_a_cancel_by_another_terminal_of_the_point_names_the_reference(stand: Stand) -> None:
    sale, sold = stand.sold()
    stand.register("KC000002", "800000000000001", "A")
    stand.hand.number = "KC000002"
    stand.sign_in()
    cancel = stand.hand.cancel(sale, sold.text(37), original="9999999999991120")
    assert stand.wait(cancel).text(39) == "00"


def test_a_cancel_by_another_point_finds_nothing(stand: Stand) -> None:
    sale, sold = stand.sold()
    stand.register("KC000002", "800000000000002", "B")
    stand.hand.number, stand.hand.merchant = "KC000002", "800000000000002"
    stand.sign_in()
    assert stand.send(stand.hand.cancel(sale, sold.text(37), original="9999999999991120")).text(39) == "25"
    assert stand.orders() == [(5000, "succeeded")]


def test_a_cancel_that_is_not_of_the_original(stand: Stand) -> None:
    sale, sold = stand.sold()
    other = Message("0200", {**sale.fields, 4: "000000003000"})
    assert stand.send(stand.hand.cancel(other)).text(39) == "64"
    assert stand.send(stand.hand.cancel(sale, original="0000010099991120")).text(39) == "25"
    assert stand.send(stand.hand.cancel(sale, sold.text(37), pin="111222")).text(39) == "55"


def test_the_balance(stand: Stand) -> None:
    fields = {3: "310000", 11: "000900", 25: "00", 49: "156"}
    answer = stand.send(stand.hand.message("0200", fields, network="000", kind="01"))  # type: ignore[arg-type]
    assert (answer.text(39), answer.octets(54)) == ("00", b"0002156C000000100000")


def test_while_the_database_is_away_nothing_is_said_that_invites_a_second_sale(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    from recharge import Refusal, RefusalCode
    from recharge.domain.replies import refused

    sale = stand.hand.sale()
    balance = stand.hand.message("0200", {3: "310000", 11: "000900", 25: "00", 49: "156"}, network="000", kind="01")
    monkeypatch.setattr(stand.engine, "take_many", lambda asked: [refused(Refusal(RefusalCode.BUSY)) for _ in asked])
    for message in (sale, stand.hand.about(sale, "0220"), stand.hand.about(sale, "0400")):
        answer = stand.send(message)
        assert answer.text(39) == "98"
        assert "勿重办" in stand.elements(answer)[Tag.TEXT]
    assert stand.send(balance).text(39) == "96"
    monkeypatch.undo()
    assert stand.wait(sale).text(39) == "00"


def test_many_terminals_in_one_read(stand: Stand) -> None:
    frames = [stand.hand.frame(stand.hand.sale(1000, f"1380013{number:04d}")) for number in range(20)]
    steps = stand.steps(*frames)
    assert all(isinstance(step, Waiting) for _, step in steps)
    assert len(stand.orders()) == 20
    assert PASSWORD not in repr(steps)
    assert not any(isinstance(step, Verdict) for _, step in steps)
