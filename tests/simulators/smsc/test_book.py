"""What the centre holds: delivery, redelivery, throttling, ids, receipts, settings."""

import pytest

from simulators.smsc.book import Book, UnknownSetting
from simulators.smsc.pdu import RECEIPTED_ID, Short


class Time:
    """Time a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def book(time: Time) -> Book:
    return Book(time)


def test_each_message_is_given_out_once(book: Book) -> None:
    sent = [book.put(Short(octets=bytes([number]))) for number in range(5)]
    assert book.due(3) == sent[:3]
    assert book.due(10) == sent[3:]
    assert book.due(10) == []
    assert book.due(-1) == []


@pytest.mark.parametrize("status", [0x08, 0x14, 0x58, 0x64])
def test_a_temporary_error_comes_again_later(book: Book, time: Time, status: int) -> None:
    message = book.put(Short())
    book.due(1)
    book.answered(message, status)
    assert (message.state, message.status) == ("waiting", status)
    assert book.due(1) == []
    time.seconds = 2.0
    assert book.due(1) == [message]


@pytest.mark.parametrize(("status", "state"), [(0, "taken"), (0x65, "refused"), (0x03, "refused")])
def test_other_answers_end_it(book: Book, time: Time, status: int, state: str) -> None:
    message = book.put(Short())
    book.due(1)
    book.answered(message, status)
    time.seconds = 100.0
    assert (message.state, book.due(1)) == (state, [])


def test_a_person_brings_one_again(book: Book) -> None:
    message = book.put(Short())
    assert not book.again(message.number)
    book.due(1)
    book.answered(message, 0)
    assert book.again(message.number)
    assert book.due(1) == [message]
    assert not book.again(99)


def test_throttling_counts_down(book: Book) -> None:
    book.change({"throttle": 2, "queue_full": 1})
    assert [book.take(Short(), "acme")[0] for _ in range(5)] == [0x58, 0x58, 0x14, 0, 0]
    assert len(book.to_phones) == 2


@pytest.mark.parametrize(
    ("ids", "first"), [("decimal", "2576"), ("hexadecimal", "A10"), ("padded", "0000002576"), ("receipt-hexadecimal", "2576")]
)
def test_ids(book: Book, ids: str, first: str) -> None:
    book.change({"ids": ids})
    message = book.take(Short("10086", "13800138000"), "acme")[1]
    assert message is not None
    assert message.message_id == first
    receipt = book.receipt(message)
    written = "A10" if ids == "receipt-hexadecimal" else first
    assert receipt.octets.startswith(f"id:{written} ".encode())
    assert receipt.options[RECEIPTED_ID] == written.encode() + b"\0"
    assert (receipt.source, receipt.target, receipt.esm_class) == ("13800138000", "10086", 4)


def test_outcomes_by_number(book: Book) -> None:
    book.change({"outcomes": {"13800138000": "UNDELIV"}, "receipt_tlvs": False})
    for target, word in (("13800138000", b"stat:UNDELIV err:001"), ("13900139000", b"stat:DELIVRD err:000")):
        message = book.take(Short("10086", target), "acme")[1]
        assert message is not None
        assert word in book.receipt(message).octets
        assert book.receipt(message).options == {}


WRONG: list[dict[str, object]] = [
    {"colour": 1},
    {"ids": "roman"},
    {"throttle": -1},
    {"throttle": "2"},
    {"throttle": True},
    {"early_receipts": 1},
    {"outcomes": {"1": "LOST"}},
    {"outcome": ""},
]


@pytest.mark.parametrize("wanted", WRONG)
def test_settings_are_checked(book: Book, wanted: dict[str, object]) -> None:
    before = book.settings
    with pytest.raises(UnknownSetting):
        book.change({"window": 3, **wanted})
    assert book.settings == before


def test_forgetting(book: Book) -> None:
    book.put(Short())
    book.change({"throttle": 1})
    book.reset()
    assert (book.from_phones, book.due(1), book.settings.throttle) == ([], [], 0)
