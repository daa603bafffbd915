"""I15: planted secrets are found in any text column of any table; numbers and codes are no false alarm."""

import pytest

from recharge.verify.reader import snapshot
from recharge.verify.secrets import leaked
from tests.recharge.verify.right_books import RightBooks

CANARY = "918273"


def told(books: RightBooks, *canaries: str) -> list[str]:
    with snapshot(books.database) as reader:
        return [str(detail) for detail in leaked(reader, canaries)]


@pytest.mark.parametrize(
    "raw",
    [
        '{"password": "918273"}',
        "password=918273&number=13800138000",
        "<Pin>918273</Pin>",
        "PIN: 918273",
        "服务密码：918273",
        "new_digits='918273'",
        "Kata sandi: 918273",
    ],
)
def test_a_password_field_is_found(books: RightBooks, raw: str) -> None:
    books.answer(1, 1, "unknown", raw=raw)
    assert told(books) == ["answer.raw有1处像是密码"]


@pytest.mark.parametrize(
    "raw",
    [
        "shipping=918273",
        "password=***",
        "password_changed 2026-11-21 1234567",
        "reference=918273",
        "pin 13800138000",
        "密码已修改",
    ],
)
def test_other_text_is_no_alarm(books: RightBooks, raw: str) -> None:
    books.answer(1, 1, "unknown", raw=raw)
    assert told(books) == []


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE request SET facts = ?", "request.facts"),
        ("UPDATE request SET body = ?", "request.body"),
        ("UPDATE orders SET lease = ?", "orders.lease"),
        ("UPDATE outbox SET facts = ?", "outbox.facts"),
    ],
)
def test_a_canary_is_found_in_every_kind_of_column(books: RightBooks, orders: dict[str, int], statement: str, place: str) -> None:
    rows = books.do(statement, f"x{CANARY}.".ljust(16))
    assert told(books, CANARY) == [f"{place}有{rows}处出现了测试密码"]


def test_a_canary_within_a_longer_number_is_chance(books: RightBooks, orders: dict[str, int]) -> None:
    books.do("UPDATE orders SET serial_number = ?", f"1{CANARY}0")
    assert told(books, CANARY) == []


def test_tables_of_the_channels_are_looked_at_too(books: RightBooks) -> None:
    books.do("CREATE TABLE channel_trace (id INTEGER PRIMARY KEY, packet VARCHAR(200))")
    try:
        books.do("INSERT INTO channel_trace VALUES (1, ?)", f"pin={CANARY}")
        assert told(books, CANARY, "000111") == ["channel_trace.packet有1处出现了测试密码", "channel_trace.packet有1处像是密码"]
    finally:
        books.do("DROP TABLE channel_trace")


def test_a_finding_never_repeats_the_secret(books: RightBooks) -> None:
    books.answer(1, 1, "unknown", raw=f"pin={CANARY}")
    assert CANARY not in " ".join(told(books, CANARY))
