"""The engine as one call sees it."""

import pytest
from sqlalchemy.exc import OperationalError

from ivr.desk import Desk, Numbering
from recharge import Balance, Recharge, Refusal, RefusalCode, Reply, Request
from tests.ivr.shop import LINE, OTHER_LINE, PASSWORD, Shop

AWAY = OperationalError("SELECT", {}, Exception("away"))


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def desk(shop: Shop, pauses: list[float]) -> Desk:
    return Desk(shop.engine, LINE, "box-1700000000.1", pause=pauses.append)


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        ("13800139001", "13800139001"),
        ("+8613800139001", "13800139001"),
        ("008613800139001", "13800139001"),
        ("8613800139001", "13800139001"),
        ("+86 138-0013-9001", "13800139001"),
        ("02012345678", "02012345678"),
        ("8612345", "8612345"),
        ("", ""),
        ("anonymous", ""),
        ("+1 555 0100", "15550100"),
    ],
)
def test_the_line_behind_a_callers_number(shown: str, line: str) -> None:
    assert Numbering().caller(shown) == line


def test_a_country_with_a_trunk_prefix() -> None:
    assert Numbering("62", "0", 13).caller("+6281389092678") == "081389092678"
    assert Numbering("62", "0", 13).caller("081389092678") == "081389092678"


def test_references_are_the_calls_and_the_steps(desk: Desk) -> None:
    assert [desk.step(), desk.step()] == ["box-1700000000.1-1", "box-1700000000.1-2"]


@pytest.mark.parametrize("call_id", ["x" * 100, "电话-1700000000.1"])
def test_a_long_or_strange_id_still_makes_a_reference(shop: Shop, call_id: str) -> None:
    first, again = (Desk(shop.engine, LINE, call_id).step() for _ in range(2))
    assert first == again
    assert first.isascii()
    assert len(first) <= 64
    assert first != Desk(shop.engine, LINE, call_id + "2").step()


def test_whose_line_it_is(desk: Desk, shop: Shop) -> None:
    endpoint = desk.endpoint()
    assert endpoint is not None
    assert endpoint.party.code == "A"
    assert Desk(shop.engine, "13999999999", "1").endpoint() is None


def test_another_party_by_its_phone_or_its_code(desk: Desk) -> None:
    assert desk.other_party(OTHER_LINE) == "B"
    assert desk.other_party("4711") == "4711"


def test_a_busy_database_is_asked_again_under_the_same_reference(desk: Desk, shop: Shop, pauses: list[float]) -> None:
    asked, take = [], shop.engine.take

    def busy_once(request: object) -> Reply:
        asked.append(request)
        done = take(request)  # type: ignore[arg-type]
        # The commit came through, and the answer did not.
        return Reply(refusal=Refusal(RefusalCode.BUSY)) if len(asked) == 1 else done

    shop.engine.take = busy_once  # type: ignore[method-assign]
    reply = desk.ask(Recharge("13800138404", 5000), PASSWORD, desk.step())
    assert reply.done
    assert reply.repeated
    assert len(shop.orders()) == 1
    assert len(pauses) == 1


def test_a_database_that_stays_away_is_said_so(desk: Desk, shop: Shop, pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.engine, "take", lambda _: Reply(refusal=Refusal(RefusalCode.BUSY)))
    reply = desk.ask(Balance(), PASSWORD)
    assert reply.refusal is not None
    assert reply.refusal.code is RefusalCode.BUSY
    assert len(pauses) == 2


def test_looking_while_the_database_is_away(desk: Desk, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise AWAY

    for name in ("wait", "recognise", "quote", "endpoint_named"):
        monkeypatch.setattr(shop.engine, name, away)
    assert desk.wait("1", 0) is None
    with pytest.raises(Refusal, match="busy"):
        desk.endpoint()
    for refusal in (desk.check_number("13800138000"), desk.check_amount("13800138000", 5000)):
        assert refusal is not None
        assert refusal.code is RefusalCode.BUSY


def test_every_request_names_the_channel_and_carries_the_password(desk: Desk, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []

    def take(request: Request) -> Reply:
        asked.append(request)
        return Reply()

    monkeypatch.setattr(shop.engine, "take", take)
    desk.ask(Balance(), PASSWORD)
    assert asked[0].origin.channel.value == "ivr"
    assert asked[0].origin.message_id == "box-1700000000.1"
    assert PASSWORD not in repr(asked[0])
