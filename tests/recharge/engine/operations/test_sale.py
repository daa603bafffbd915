"""Recharge and bill payment: what is sold, at what price, and every reason for which it is not."""

from datetime import UTC, datetime, timedelta

import pytest

from recharge.domain import requests as ask
from recharge.domain.errors import RefusalCode
from recharge.domain.orders import OrderKind
from recharge.domain.requests import EndpointKind
from recharge.engine.administration import SHELL
from tests.support.books import check_books, code_of, fact_of, number_of, order_of, posted, sold, succeed
from tests.support.world import NUMBER, World


def test_a_fixed_denomination_is_sold_before_an_open_amount(world: World) -> None:
    fixed, free = world.recharge("A", "50.00"), world.recharge("A", "51.00")
    text = "SELECT p.code FROM orders o JOIN product p ON p.id = o.product_id WHERE o.id = ?"
    assert world.one(text, int(number_of(fixed))) == "MS50"
    assert world.one(text, int(number_of(free))) == "MOPEN"
    assert order_of(free).price_minor == 4998
    assert world.wakes == 2


def test_a_product_code_is_understood_as_agents_type_it(world: World) -> None:
    for mark, typed in enumerate(("MS30", " ms30 ", "Ms30")):
        reply = world.ask("A", ask.Recharge(NUMBER, product_code=typed, repeat_mark=mark))
        assert (order_of(reply).face_minor, order_of(reply).price_minor) == (3000, 2940)
    open_code = world.ask("A", ask.Recharge(NUMBER, 4200, "MOPEN"))
    assert order_of(open_code).face_minor == 4200


def test_a_bill_is_paid_and_finished_like_a_recharge(world: World) -> None:
    reply = world.ask("A", ask.BillPayment(NUMBER, 12345))
    assert order_of(reply).kind is OrderKind.BILL_PAYMENT
    assert world.balance("A") == 100000 - (12345 - 246)
    succeed(world, reply)
    assert posted(world)["commission"] == 3 * 24
    assert world.state(reply) == "succeeded"


def test_the_number_is_understood_as_people_write_it(world: World) -> None:
    for mark, typed in enumerate(("138 0013 8000", "+86-138-0013-8000", "0086 13800138000", "１３８００１３８０００")):
        reply = world.recharge("A", "10.00", typed, mark=mark)
        assert order_of(reply).number == NUMBER
    assert order_of(world.recharge("A", "10.00", "18600000001")).carrier_code == "CUCC"


def test_a_portability_override_beats_the_range(world: World) -> None:
    union = world.one("SELECT id FROM carrier WHERE code = 'CUCC'")
    with world.database.write() as connection:
        text = "INSERT INTO ported_number (number, carrier_id, since) VALUES (?, ?, ?)"
        world.database.change(connection, text, (NUMBER, union, "2026-01-01 00:00:00.000000"))
    world.office.catalogue.add_tier(SHELL, "LATE", "late")
    reply = world.recharge("A")
    assert (order_of(reply).carrier_code, order_of(reply).province) == ("CUCC", "北京")
    assert order_of(world.recharge("A", number="13800138001")).carrier_code == "CMCC"


REFUSED: list[tuple[ask.Operation, RefusalCode]] = [
    (ask.Recharge("1380013800", 5000), RefusalCode.BAD_NUMBER),
    (ask.Recharge("", 5000), RefusalCode.BAD_NUMBER),
    (ask.Recharge("13x00138000", 5000), RefusalCode.BAD_NUMBER),
    (ask.Recharge("19900138000", 5000), RefusalCode.UNKNOWN_RANGE),
    (ask.Recharge(NUMBER, 0), RefusalCode.BAD_AMOUNT),
    (ask.Recharge(NUMBER, -5000), RefusalCode.BAD_AMOUNT),
    (ask.Recharge(NUMBER, 5050), RefusalCode.BAD_AMOUNT),
    (ask.Recharge(NUMBER, 50100), RefusalCode.BAD_AMOUNT),
    (ask.Recharge(NUMBER), RefusalCode.BAD_AMOUNT),
    (ask.Recharge(NUMBER, product_code="MOPEN"), RefusalCode.BAD_AMOUNT),
    (ask.Recharge(NUMBER, 3000, "MS50"), RefusalCode.BAD_AMOUNT),
    (ask.Recharge(NUMBER, product_code="S7"), RefusalCode.UNKNOWN_PRODUCT),
    (ask.Recharge(NUMBER, product_code="US50"), RefusalCode.UNKNOWN_PRODUCT),
    (ask.Recharge(NUMBER, 5000, "MBILL"), RefusalCode.UNKNOWN_PRODUCT),
    (ask.BillPayment(NUMBER, 99), RefusalCode.BAD_AMOUNT),
    (ask.BillPayment("abc", 5000), RefusalCode.BAD_NUMBER),
]


def test_what_is_not_sold_is_refused_and_moves_nothing(world: World) -> None:
    for operation, code in REFUSED:
        assert code_of(world.ask("A", operation)) is code, operation
    assert world.balance("A") == 100000
    assert world.one("SELECT COUNT(*) FROM orders WHERE kind <> 'deposit'") == 0
    assert world.wakes == 0


def test_all_refusals_in_one_batch_leave_the_good_one_alone(world: World) -> None:
    batch = [world.request("A", operation) for operation, _ in REFUSED]
    batch.insert(7, world.request("A", ask.Recharge(NUMBER, 5000)))
    replies = world.intake.take(batch)
    assert [reply.done for reply in replies].count(True) == 1
    assert replies[7].done
    assert world.balance("A") == 95100


def test_a_product_taken_out_of_sale_is_unknown(world: World) -> None:
    world.office.catalogue.set_active(SHELL, "MS50", active=False)
    assert code_of(world.ask("A", ask.Recharge(NUMBER, product_code="MS50"))) is RefusalCode.UNKNOWN_PRODUCT
    reply = world.recharge("A", "50.00")
    text = "SELECT p.code FROM orders o JOIN product p ON p.id = o.product_id WHERE o.id = ?"
    assert world.one(text, int(number_of(reply))) == "MOPEN"


def test_nothing_is_sold_at_a_price_nobody_set(world: World) -> None:
    world.office.catalogue.add_fixed(SHELL, "MS20", "20元", "CMCC", 2000)
    assert code_of(world.recharge("A", "20.00")) is RefusalCode.NO_PRICE
    world.office.parties.set_tier(SHELL, "B", None)
    world.deposit("B", "100.00")
    assert code_of(world.recharge("B", "50.00")) is RefusalCode.NO_PRICE


def test_a_price_of_the_future_counts_from_its_hour(world: World) -> None:
    tomorrow = world.clock.now() + timedelta(days=1)
    world.office.prices.set(SHELL, "POINT", "MS50", 300, effective_from=tomorrow)
    assert order_of(world.recharge("A")).price_minor == 4900
    world.clock.pass_time(hours=23, minutes=59)
    assert order_of(world.recharge("A", mark=1)).price_minor == 4900
    world.clock.pass_time(minutes=1)
    assert order_of(world.recharge("A", mark=2)).price_minor == 4850


def test_a_partys_own_shares_beat_its_tier(world: World) -> None:
    world.office.parties.set_shares(SHELL, "A", discount_bp=350)
    world.office.parties.set_shares(SHELL, "D2", margin_bp=50)
    world.office.parties.set_shares(SHELL, "D1", margin_bp=0)
    reply = sold(world)
    assert order_of(reply).price_minor == 4825
    split = world.rows("SELECT split FROM orders WHERE id = ?", int(number_of(reply)))[0][0]
    commission = {row[0]: row[1] for row in world.rows("SELECT p.code, a.id FROM account a JOIN party p ON p.id = a.owner_id"
                                                       " WHERE a.kind = 'commission'")}  # fmt: skip
    assert split == f"[[{commission['D3']}, 10], [{commission['D2']}, 25]]"


def test_the_terms_are_those_of_the_moment_the_money_was_held(world: World) -> None:
    reply = world.recharge("A")
    world.office.parties.set_shares(SHELL, "A", discount_bp=0)
    world.office.parties.set_shares(SHELL, "D3", margin_bp=300)
    succeed(world, reply)
    assert posted(world)["commission"] == 30
    assert world.balance("A") == 95100


def test_overdrawn_is_refused_with_balance_and_price(world: World) -> None:
    world.deposit("B", "48.99")
    reply = world.recharge("B", "50.00")
    assert code_of(reply) is RefusalCode.INSUFFICIENT_BALANCE
    assert (fact_of(reply, "balance_minor"), fact_of(reply, "price_minor")) == (4899, 4900)
    world.deposit("B", "0.01")
    assert world.recharge("B", "50.00").done
    assert world.balance("B") == 0


def test_a_credit_line_lets_the_deposit_go_under_zero_as_far_as_its_floor(world: World) -> None:
    with world.database.write() as connection:
        text = "UPDATE account SET floor_minor = -10000 WHERE kind = 'deposit' AND owner_id = (SELECT id FROM party WHERE code = 'B')"
        world.database.change(connection, text)
    assert world.recharge("B", "50.00").balance_minor == -4900
    assert world.recharge("B", "50.00", "13800138001").balance_minor == -9800
    assert code_of(world.recharge("B", "50.00", "13800138002")) is RefusalCode.INSUFFICIENT_BALANCE


def test_a_batch_never_overdraws(world: World) -> None:
    numbers = [f"138001380{n:02}" for n in range(30)]
    replies = world.intake.take([world.request("A", ask.Recharge(number, 5000)) for number in numbers])
    assert [reply.done for reply in replies] == [True] * 20 + [False] * 10
    assert world.balance("A") == 100000 - 20 * 4900
    check_books(world)


def test_two_points_and_two_carriers_in_one_batch(world: World) -> None:
    world.deposit("B", "100.00")
    replies = world.intake.take(
        [world.request(who, ask.Recharge(number, 1000)) for who in ("A", "B") for number in (NUMBER, "18612345678")]
    )
    assert [order_of(reply).party_code for reply in replies] == ["A", "A", "B", "B"]
    assert [order_of(reply).carrier_code for reply in replies] == ["CMCC", "CUCC"] * 2
    assert (world.balance("A"), world.balance("B")) == (98040, 8040)


@pytest.mark.parametrize(("moment", "day"), [(datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), "2026-11-20"),
                                              (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), "2026-11-21")])  # fmt: skip
def test_the_business_date_turns_at_midnight_in_shanghai(world: World, moment: datetime, day: str) -> None:
    world.clock.moment = moment
    reply = world.recharge("A")
    assert order_of(reply).business_date.isoformat() == day
    assert order_of(reply).held_at == moment


def test_every_way_in_sells_from_the_same_deposit(world: World) -> None:
    for channel, kind, identity in ((ask.Channel.STK, EndpointKind.STK_SIM, "89860000000000000019"),
                                    (ask.Channel.IVR, EndpointKind.PHONE_LINE, "13800138000"),
                                    (ask.Channel.POS, EndpointKind.POS_TERMINAL, "T0000001")):  # fmt: skip
        world.office.endpoints.bind(SHELL, kind, identity, "A")
        reply = world.recharge("A", "10.00", f"138{len(identity):08}", channel=channel, kind=kind, identity=identity)
        stored = world.rows("SELECT channel, endpoint_id FROM orders WHERE id = ?", int(number_of(reply)))[0]
        assert stored[0] == channel.value
    assert world.balance("A") == 100000 - 3 * 980
