"""Short messages between cards, phones and service numbers, where no terminal looks."""

import pytest

from tests.simulators.modem_farm.conftest import Make, quick
from tests.simulators.modem_farm.hands import CUSTOMER, Hands
from tests.simulators.modem_farm.terminal import until

AGENT = "081200000001"


def submitted(hands: Hands, text: str, recipient: str = "777") -> None:
    """The dealer's card sends, as its modem would."""
    from simulators.modem_farm import pdu

    sim = hands.farm.around.sims[hands.iccid(1)]
    for part in pdu.parts_of(text, 3):
        message = pdu.Submit(recipient, part)
        hands.thread.call(lambda message=message: hands.farm.network.post.submit(sim, message, 0))  # type: ignore[misc]


def test_from_phone_to_phone(hands: Hands) -> None:
    hands.sms(AGENT, "081200000002", "halo")
    assert hands.texts("081200000002") == ["halo"]
    assert hands.messages()[0]["state"] == "delivered"


def test_a_phone_that_is_away_never_gets_it(hands: Hands) -> None:
    hands.thread.call(lambda: hands.farm.ledger.set_subscriber("081200000002", "absent"))
    hands.sms(AGENT, "081200000002", "halo")
    assert hands.messages()[0]["state"] == "never"


def test_from_card_to_card(hands: Hands) -> None:
    submitted(hands, "halo", hands.number(0))
    until(lambda: hands.stored(0) == 1, "stored")
    submitted(hands, "hai", "+62" + hands.number(0)[1:])
    until(lambda: hands.stored(0) == 2, "stored")


def test_parts_in_any_order_are_one_message(hands: Hands) -> None:
    from simulators.modem_farm import pdu

    sim = hands.farm.around.sims[hands.iccid(1)]
    parts = pdu.parts_of("x" * 200 + "y" * 200, 5)
    for part in reversed(parts):
        message = pdu.Submit(AGENT, part)
        hands.thread.call(lambda message=message: hands.farm.network.post.submit(sim, message, 0))  # type: ignore[misc]
    until(lambda: hands.texts(AGENT) == ["x" * 200 + "y" * 200], "one message")


def test_requests_are_kept_without_pins(hands: Hands) -> None:
    submitted(hands, f"R {CUSTOMER} 10 1234")
    hands.until_credited()
    assert hands.messages(hands.number(1))[-1]["text"] == f"R {CUSTOMER} 10 ****"


def test_answers_come_from_the_operators_name_or_service(make_farm: Make) -> None:
    told = quick()
    told["operators"][0]["sender"] = ""
    hands = make_farm(told)
    submitted(hands, "S 1234")
    until(lambda: hands.stored(1) == 1, "the answer")
    assert hands.messages(hands.number(1))[0]["sender"] == "777"


def test_a_question_by_message_is_answered_by_message(make_farm: Make) -> None:
    told = quick(2, "wallet")
    told["operators"][0]["confirm"] = True
    hands = make_farm(told)
    submitted(hands, "LOAD 09170000007 10 1234", "343")
    until(lambda: hands.stored(1) == 1, "the question")
    assert "Reply YES" in hands.texts(hands.number(1))[0]
    assert hands.credits() == []
    submitted(hands, "YES", "343")
    hands.until_credited()


@pytest.mark.parametrize("fault", ["pending", "pending_failed"])
def test_a_promise_is_kept_by_message(hands: Hands, fault: str) -> None:
    hands.fault(fault)
    submitted(hands, f"R {CUSTOMER} 10 1234")
    until(lambda: len(hands.texts(hands.number(1))) == 2, "both messages")
    first, second = hands.texts(hands.number(1))
    assert "sedang diproses" in first
    assert ("berhasil" in second) == (fault == "pending")
    assert bool(hands.credits()) == (fault == "pending")


def test_two_parts_by_message(hands: Hands) -> None:
    hands.fault("two_parts")
    submitted(hands, f"R {CUSTOMER} 10 1234")
    until(lambda: len(hands.texts(hands.number(1))) == 2, "both parts")
    assert [text[:3] for text in hands.texts(hands.number(1))] == ["1/2", "2/2"]


def test_an_advertisement_and_a_lost_request(hands: Hands) -> None:
    hands.fault("advertisement")
    submitted(hands, f"R {CUSTOMER} 10 1234")
    until(lambda: len(hands.texts(hands.number(1))) == 2, "both")
    hands.fault("request_lost")
    submitted(hands, f"R {CUSTOMER} 20 1234")
    until(lambda: not hands.farm.around.faults.waiting, "struck")
    assert hands.credits() == [(CUSTOMER, 10, 1)]


def test_long_answers_have_references_of_their_own(hands: Hands) -> None:
    for _ in range(2):
        hands.sms(AGENT, hands.number(0), "z" * 161)
    until(lambda: hands.stored(0) == 4, "four parts")
    places = [one.message.part.place for one in hands.farm.around.sims[hands.iccid(0)].store.places.values()]
    assert len({place[0] for place in places if place}) == 2
