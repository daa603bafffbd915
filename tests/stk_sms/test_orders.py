"""What the engine is asked for each operation of the card's menu, with an engine that only remembers what it was asked."""

from typing import Any

import pytest

from recharge import (
    Balance,
    ChangePassword,
    Channel,
    EndpointKind,
    OrderEnquiry,
    Origin,
    Recharge,
    Refusal,
    RefusalCode,
    Reply,
    Reverse,
    ServicePassword,
    SignedIn,
    Transfer,
)
from stk_sms.cards.records import Card, CardState, Opened, reference_of
from stk_sms.orders import Orders, came, origin_of, remembered
from stk_sms.packet import Body, StkOperation
from tests.stk_sms.test_replies import ORDER
from tests.stk_sms.till import ICCID, KEY_SET, MSISDN

NONCE, FIRST = bytes.fromhex("0123456789abcdef"), bytes.fromhex("fedcba9876543210")
NEVER = Reply(refusal=Refusal(RefusalCode.UNKNOWN_ORDER))


class Memory:
    """An engine that knows some references."""

    def __init__(self, **known: Reply) -> None:
        self.known = {name.replace("_", ":")[1:]: reply for name, reply in known.items()}
        self.told: list[str] = []
        self.voided: list[str] = []

    def tell(self, origin: Origin) -> Reply:
        self.told.append(origin.reference)
        return self.known.get(origin.reference, NEVER)

    def void(self, origin: Origin) -> Reply:
        self.voided.append(origin.reference)
        return self.known.get(origin.reference, Reply())


def opened(operation: StkOperation, version: int = 1, language: str = "id", **fields: Any) -> Opened:
    card = Card(ICCID, MSISDN, KEY_SET, CardState.ACTIVE, language=language)
    return Opened(card, version, 7, Body(operation, NONCE, **fields))


def asked(memory: Memory, message: Opened, versions: tuple[int, ...] = (1,)) -> Any:
    orders = Orders(memory)  # type: ignore[arg-type]  # all that is asked of an engine here
    reference = orders.reference(message, versions)
    return orders.request(message, reference, "smsc-1", versions)


def operation(memory: Memory, message: Opened, versions: tuple[int, ...] = (1,)) -> Any:
    request = asked(memory, message, versions)
    return None if request is None else request.operation


def known_order() -> Memory:
    return Memory(_1_fedcba9876543210=Reply(order=ORDER, repeated=True))


def test_a_recharge() -> None:
    message = opened(StkOperation.RECHARGE, number="13800138000", amount_minor=5000, password="274961", repeat_mark=1)
    request = asked(Memory(), message)
    assert request.origin == Origin(Channel.STK, EndpointKind.STK_SIM, ICCID, "1:0123456789abcdef", "smsc-1")
    assert request.credential == ServicePassword("274961")
    assert request.operation == Recharge("13800138000", 5000, repeat_mark=1)
    assert request.language == "id"


def test_a_card_without_a_language_leaves_it_to_the_engine() -> None:
    assert asked(Memory(), opened(StkOperation.BALANCE, language="")).language is None


def test_a_repeat_is_the_same_request() -> None:
    fields: dict[str, Any] = {"number": "13800138000", "amount_minor": 5000, "password": "274961"}
    first, repeat = asked(Memory(), opened(StkOperation.RECHARGE, **fields)), asked(Memory(), opened(StkOperation.REPEAT, **fields))
    assert first == repeat


def test_a_repeat_that_names_the_first_nonce_stands_under_it() -> None:
    message = opened(StkOperation.REPEAT, number="13800138000", amount_minor=5000, password="274961", original_nonce=FIRST)
    memory = Memory()
    assert asked(memory, message).origin.reference == reference_of(1, FIRST)
    # One key version: there is nothing to look for.
    assert memory.told == []


def test_a_repeat_finds_the_first_message_under_the_former_keys() -> None:
    message = opened(StkOperation.REPEAT, 2, number="13800138000", amount_minor=5000, password="274961", original_nonce=FIRST)
    assert asked(known_order(), message, (1, 2)).origin.reference == reference_of(1, FIRST)
    assert asked(Memory(), message, (1, 2)).origin.reference == reference_of(2, FIRST)


def test_balance_transfer_and_password() -> None:
    request = asked(Memory(), opened(StkOperation.BALANCE))
    assert (request.operation, request.credential) == (Balance(), SignedIn())
    transfer = opened(StkOperation.TRANSFER, second_number="20001", amount_minor=5000, password="274961")
    assert operation(Memory(), transfer) == Transfer("20001", 5000)
    change = opened(StkOperation.CHANGE_PASSWORD, password="274961", new_password="719384")
    assert operation(Memory(), change) == ChangePassword("719384")


@pytest.mark.parametrize(("kind", "wanted"), [(StkOperation.QUERY, OrderEnquiry), (StkOperation.REVERSAL, Reverse)])
def test_orders_named_in_three_ways(kind: StkOperation, wanted: Any) -> None:
    assert operation(Memory(), opened(kind, number="13800138000")) == wanted(number="13800138000")
    assert operation(Memory(), opened(kind, second_number="248612")) == wanted(order_number="248612")
    assert operation(Memory(), opened(kind, number="13800138000", second_number="248612")) == wanted(order_number="248612")
    assert operation(known_order(), opened(kind, original_nonce=FIRST)) == wanted(order_number=ORDER.order_number)


def test_a_query_for_what_never_came_asks_nothing_and_harms_nothing() -> None:
    memory = Memory()
    assert operation(memory, opened(StkOperation.QUERY, original_nonce=FIRST)) is None
    assert memory.voided == []


def test_a_reversal_of_what_never_came_uses_its_reference_up() -> None:
    memory = Memory()
    assert operation(memory, opened(StkOperation.REVERSAL, password="274961", original_nonce=FIRST)) is None
    assert memory.voided == [reference_of(1, FIRST)]


def test_a_reversal_of_what_was_refused_asks_nothing() -> None:
    memory = Memory(_1_fedcba9876543210=Reply(refusal=Refusal(RefusalCode.WRONG_PASSWORD), repeated=True))
    assert operation(memory, opened(StkOperation.REVERSAL, password="274961", original_nonce=FIRST)) is None
    assert memory.voided == []


def test_a_reversal_looks_under_the_former_keys_before_it_uses_anything_up() -> None:
    memory = known_order()
    message = opened(StkOperation.REVERSAL, 2, password="274961", original_nonce=FIRST)
    assert operation(memory, message, (1, 2)) == Reverse(order_number=ORDER.order_number)
    assert memory.told == [reference_of(2, FIRST), reference_of(1, FIRST)]
    assert memory.voided == []


def test_new_keys_ask_nothing() -> None:
    memory = Memory()
    message = opened(StkOperation.KEY_UPDATED)
    assert operation(memory, message) is None
    Orders(memory).use_up(message, message.reference)  # type: ignore[arg-type]  # as above
    assert memory.voided == [message.reference]


def test_references_hold_the_key_version_and_the_whole_nonce() -> None:
    assert reference_of(15, bytes(8)) == "f:0000000000000000"
    assert len({reference_of(version, NONCE) for version in range(1, 16)}) == 15
    assert origin_of(opened(StkOperation.BALANCE), "1:00").identity == ICCID


@pytest.mark.parametrize(
    ("reply", "seen"),
    [
        (NEVER, False),
        (Reply(refusal=Refusal(RefusalCode.UNKNOWN_ORDER), repeated=True), True),
        (Reply(repeated=True), True),
        (Reply(), True),
        (Reply(refusal=Refusal(RefusalCode.UNKNOWN_ENDPOINT)), False),
    ],
)
def test_whether_a_reference_had_come(reply: Reply, seen: bool) -> None:
    assert came(reply) is seen


@pytest.mark.parametrize("code", list(RefusalCode))
def test_what_the_engine_does_not_remember(code: RefusalCode) -> None:
    kept = code not in {RefusalCode.BUSY, RefusalCode.UNKNOWN_ENDPOINT}
    assert remembered(Reply(refusal=Refusal(code))) is kept
