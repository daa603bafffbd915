"""Which link a message takes: on-net first, another where that one is down, never two."""

import asyncio

import pytest

from stk_sms.routing import Carriers, Router, Routes
from stk_sms.transport import NotSent, OneByOne, Outbound, Refused, SendUnknown, Ussd, UssdOperation

MOBILE, UNICOM = "13800138000", "18600138000"
ROUTES = Routes({"CMCC": ["mobile"], "CUCC": ["unicom"]}, ["mobile", "kannel"])


class FakeSender(OneByOne):
    """A link that does as it is told."""

    def __init__(self, name: str, *, ready: bool = True, raises: Exception | None = None) -> None:
        self.name, self.ready, self.raises = name, ready, raises
        self.refuses: dict[str, Exception] = {}
        self.sent: list[Outbound] = []

    async def send(self, message: Outbound) -> tuple[str, ...]:
        if message.text in self.refuses:
            raise self.refuses[message.text]
        if self.raises is not None:
            raise self.raises
        self.sent.append(message)
        return (f"{self.name}-1",)


def carrier_of(number: str) -> str:
    return {"138": "CMCC", "186": "CUCC"}.get(number[:3], "")


def router(*senders: FakeSender) -> Router:
    return Router(senders, ROUTES, carrier_of)


def links(**changed: Exception) -> dict[str, FakeSender]:
    return {name: FakeSender(name, raises=changed.get(name)) for name in ("mobile", "unicom", "kannel")}


def sent_by(message: Outbound, came_by: str = "", **changed: Exception) -> str:
    return asyncio.run(router(*links(**changed).values()).send(message, came_by))[0]


@pytest.mark.parametrize(("number", "link"), [(MOBILE, "mobile"), (UNICOM, "unicom"), ("17000000000", "mobile")])
def test_a_reply_leaves_by_the_network_of_the_phone(number: str, link: str) -> None:
    assert sent_by(Outbound("1", number, "hello")) == link


def test_an_unknown_network_is_answered_the_way_it_came() -> None:
    assert sent_by(Outbound("1", "17000000000", "hello"), "unicom") == "unicom"


def test_the_next_link_takes_what_the_first_did_not_send() -> None:
    assert sent_by(Outbound("1", UNICOM, "hello"), unicom=NotSent("down")) == "mobile"
    assert sent_by(Outbound("1", UNICOM, "hello"), unicom=NotSent("down"), mobile=NotSent("down")) == "kannel"


def test_no_link_at_all() -> None:
    with pytest.raises(NotSent):
        sent_by(Outbound("1", UNICOM, "hello"), unicom=NotSent(""), mobile=NotSent(""), kannel=NotSent(""))


@pytest.mark.parametrize("error", [SendUnknown("no answer"), Refused("bad number")])
def test_what_may_have_gone_out_or_is_refused_is_not_sent_by_another(error: Exception) -> None:
    with pytest.raises(type(error)):
        sent_by(Outbound("1", UNICOM, "hello"), unicom=error)


def test_a_link_that_is_up_goes_before_one_that_is_down() -> None:
    senders = [FakeSender("mobile", ready=False), FakeSender("unicom"), FakeSender("kannel")]
    assert asyncio.run(router(*senders).send(Outbound("1", MOBILE, "hello")))[0] == "kannel"
    for sender in senders:
        sender.ready = False
    assert asyncio.run(router(*senders).send(Outbound("1", MOBILE, "hello")))[0] == "mobile"


def test_a_dialogue_is_answered_where_it_is() -> None:
    ussd = Outbound("1", MOBILE, "hello", ussd=Ussd(UssdOperation.PSSR_RESPONSE))
    assert sent_by(ussd, "unicom") == "unicom"
    with pytest.raises(NotSent):
        sent_by(ussd, "gone")


def test_routes_name_links_that_exist() -> None:
    with pytest.raises(ValueError, match="kannel, unicom"):
        router(FakeSender("mobile"))


def test_no_link_is_tried_twice() -> None:
    assert ROUTES.names("CMCC", "mobile") == ["mobile", "kannel"]
    assert ROUTES.names("", "") == ["mobile", "kannel"]


def test_a_carrier_is_asked_once_for_a_while() -> None:
    asked, now = list[str](), [0.0]

    def look(number: str) -> str:
        asked.append(number)
        return carrier_of(number)

    async def play() -> list[str]:
        carriers = Carriers(look, lambda: now[0])
        found = [await carriers.of(MOBILE), await carriers.of(MOBILE)]
        now[0] = 601.0
        # What is not known may be known the next time.
        return [*found, await carriers.of(MOBILE), await carriers.of("17000000000"), await carriers.of("17000000000")]

    assert asyncio.run(play()) == ["CMCC", "CMCC", "CMCC", "", ""]
    assert asked == [MOBILE, MOBILE, "17000000000", "17000000000"]


def test_carriers_kept_are_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stk_sms.routing._MOST_KEPT", 1)

    async def play() -> int:
        carriers = Carriers(carrier_of)
        for number in (MOBILE, UNICOM):
            await carriers.of(number)
        return len(carriers._kept)

    assert asyncio.run(play()) == 1


def test_where_no_carrier_has_links_nobody_is_asked_whose_number_it_is() -> None:
    def never(_number: str) -> str:
        raise AssertionError

    sender = FakeSender("mobile")
    asyncio.run(Router([sender], Routes({}, ["mobile"]), never).send(Outbound("1", MOBILE, "hello")))
    assert len(sender.sent) == 1


def test_messages_handed_over_together_each_take_their_own_way() -> None:
    known = links(unicom=NotSent("down"))
    known["mobile"].refuses = {"two": Refused("bad number"), "three": NotSent("full")}
    messages = [
        (Outbound("1", number, text), "") for number, text in ((MOBILE, "one"), (MOBILE, "two"), (UNICOM, "three"), (UNICOM, "four"))
    ]
    told = asyncio.run(router(*known.values()).send_all(messages))
    assert [one if isinstance(one, tuple) else str(one) for one in told] == [
        ("mobile", ("mobile-1",)),
        "bad number",
        ("kannel", ("kannel-1",)),
        ("mobile", ("mobile-1",)),
    ]
    assert [message.text for message in known["mobile"].sent] == ["one", "four"]


def test_nothing_to_hand_over() -> None:
    assert asyncio.run(router(*links().values()).send_all([])) == []
