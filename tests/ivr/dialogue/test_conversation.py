"""Numbers, amounts, passwords and confirmations, each question by itself."""

import pytest

from ivr.desk import Desk
from ivr.dialogue.conversation import MOST_BAD, Confirmed, Conversation, Enough, GoBack
from ivr.steps import Ask, Keys, Say, Talk, Work
from ivr.voice import Voice
from recharge import Refusal, RefusalCode
from tests.ivr.shop import LINE, Shop


@pytest.fixture
def conversation(shop: Shop) -> Conversation:
    return Conversation(Desk(shop.engine, LINE, "box-1.1", pause=lambda _: None), Voice())


class Played:
    """A part of a dialogue, carried with these answers; what was said, asked, and what it came to."""

    def __init__(self, talk: Talk[object], *answers: str) -> None:
        self.said: list[str] = []
        self.asked: list[Ask] = []
        self.result: object = None
        waiting, answer = list(answers), None
        try:
            while True:
                step = talk.send(answer)
                answer = None
                if isinstance(step, Say):
                    self.said += step.prompts
                elif isinstance(step, Work):
                    answer = step.run()
                else:
                    self.asked.append(step)
                    keys = waiting.pop(0)
                    answer = Keys(keys.rstrip("~"), ended=not keys.endswith("~"))
        except StopIteration as over:
            self.result = over.value
        assert not waiting


def test_a_number_is_what_the_engine_can_serve(conversation: Conversation) -> None:
    played = Played(conversation.number("enter/number", "back"), "13800138000")
    assert played.result == "13800138000"
    assert played.asked[0].prompts == ("enter/number", "back")
    assert played.asked[0].most > 1


@pytest.mark.parametrize("keyed", ["13800138000~", "13800138000"])
def test_silence_behind_a_whole_number_ends_it_as_well(conversation: Conversation, keyed: str) -> None:
    assert Played(conversation.number("enter/number"), keyed).result == "13800138000"


def test_a_wrong_number_is_asked_for_again_and_what_was_typed_ahead_is_forgotten(conversation: Conversation) -> None:
    played = Played(conversation.number("enter/number"), "123", "13800138000")
    assert played.said == ["refusal/bad_number"]
    assert [question.fresh for question in played.asked] == [False, True]


@pytest.mark.parametrize(
    ("keyed", "amount_minor"),
    [("50", 5000), ("50*5", 5050), ("50*05", 5005), ("0*01", 1), ("050", 5000), ("999999999", 99999999900)],
)
def test_amounts(conversation: Conversation, keyed: str, amount_minor: int) -> None:
    assert Played(conversation.amount("enter/amount", lambda _: None), keyed).result == amount_minor


@pytest.mark.parametrize("keyed", ["0", "0*00", "*5", "5*", "5*123", "5**5", "1234567890123", "5*5*5"])
def test_what_is_no_amount(conversation: Conversation, keyed: str) -> None:
    played = Played(conversation.amount("enter/amount", lambda _: None), keyed, "50")
    assert played.said == ["refusal/bad_amount"]
    assert played.result == 5000


def test_an_amount_that_the_engine_does_not_sell(conversation: Conversation) -> None:
    refusals = [Refusal(RefusalCode.OVER_ORDER_LIMIT), None]
    played = Played(conversation.amount("enter/amount", lambda _: refusals.pop(0)), "500", "50")
    assert played.said == ["refusal/over_order_limit"]


def test_an_early_check_that_cannot_be_made_is_left_to_the_order(conversation: Conversation) -> None:
    busy = Refusal(RefusalCode.BUSY)
    assert Played(conversation.amount("enter/amount", lambda _: busy), "50").result == 5000


@pytest.mark.parametrize("keyed", ["12345", "1234567", "12345*", ""])
def test_a_password_has_six_digits(conversation: Conversation, keyed: str) -> None:
    played = Played(conversation.password(), keyed, "274961")
    assert played.result == "274961"
    assert played.said == ["bad/silence" if not keyed else "bad/password"]


def test_a_party_is_named_in_digits(conversation: Conversation) -> None:
    played = Played(conversation.party(), "1*2", "4711")
    assert (played.result, played.said) == ("4711", ["refusal/unknown_party"])


@pytest.mark.parametrize("question", ["number", "amount", "password", "party"])
def test_the_star_alone_leads_back(conversation: Conversation, question: str) -> None:
    talks = {
        "number": conversation.number("enter/number"),
        "amount": conversation.amount("enter/amount", lambda _: None),
        "password": conversation.password(),
        "party": conversation.party(),
    }
    with pytest.raises(GoBack):
        Played(talks[question], "*")


def test_confirming(conversation: Conversation) -> None:
    yes, again = (Played(conversation.confirm("read-back/recharge"), key) for key in "12")
    assert (yes.result, again.result) == (Confirmed.YES, Confirmed.AGAIN)
    assert yes.asked[0].prompts == ("read-back/recharge", "confirm")
    assert yes.asked[0].fresh
    with pytest.raises(GoBack):
        Played(conversation.confirm("read-back/recharge"), "*")


def test_another_key_reads_everything_back_again(conversation: Conversation) -> None:
    played = Played(conversation.confirm("read-back/recharge"), "5", "", "1")
    assert played.result is Confirmed.YES
    assert [question.prompts for question in played.asked] == [("read-back/recharge", "confirm")] * 3
    assert played.said == ["bad/key", "bad/silence"]


def test_enough_is_enough_across_questions(conversation: Conversation) -> None:
    Played(conversation.choice(["menu/recharge"], "1"), "9", "1")
    Played(conversation.number("enter/number"), "123", "13800138000")
    assert conversation.bad == MOST_BAD - 1
    with pytest.raises(Enough):
        Played(conversation.password(), "1")


def test_a_business_that_is_done_begins_the_count_anew(conversation: Conversation) -> None:
    Played(conversation.choice(["menu/recharge"], "1"), "9", "9", "1")
    conversation.done()
    assert Played(conversation.choice(["menu/recharge"], "1"), "9", "9", "1").result == "1"


@pytest.mark.parametrize(
    ("refusal", "counted"), [(Refusal(RefusalCode.WRONG_PASSWORD, {"left": 2}), 1), (Refusal(RefusalCode.NO_PRICE), 0)]
)
def test_only_a_wrong_password_is_a_wrong_input(conversation: Conversation, refusal: Refusal, counted: int) -> None:
    Played(conversation.refused(refusal))
    assert conversation.bad == counted
