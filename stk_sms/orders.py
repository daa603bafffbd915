"""From a proved message of a card to what the engine is asked: one request, or that its reference be used up."""

from collections.abc import Callable, Iterable, Sequence

from recharge import (
    Balance,
    ChangePassword,
    Channel,
    Credential,
    EndpointKind,
    Engine,
    Operation,
    OrderEnquiry,
    Origin,
    Recharge,
    RefusalCode,
    Reply,
    Request,
    Reverse,
    ServicePassword,
    SignedIn,
    Transfer,
)
from stk_sms.cards.records import Card, Opened, reference_of
from stk_sms.packet import Body, StkOperation


def origin_of(opened: Opened, reference: str, message_id: str = "") -> Origin:
    """The endpoint is the card, named by its ICCID; the sender's number proves nothing and is not part of it."""
    return Origin(Channel.STK, EndpointKind.STK_SIM, opened.card.iccid, reference, message_id)


def came(told: Reply) -> bool:
    """Whether the engine, asked what became of a reference, had ever seen it."""
    return told.repeated or told.refusal is None


class Orders:
    """Turns messages into requests; asks the engine about earlier ones where a message names one by its nonce.

    `card_with` gives the card that has a phone number, for transfers to it.
    """

    def __init__(self, engine: Engine, card_with: Callable[[str], Card | None] = lambda _: None) -> None:
        self._engine, self._card_with = engine, card_with

    def reference(self, opened: Opened, versions: Iterable[int]) -> str:
        """The reference a message is kept under: its own, or for a repeat that of the first message.

        `versions` are the key versions still taken: the first message may have come before the card changed its keys.
        """
        first = opened.body.original_nonce
        if opened.body.operation is not StkOperation.REPEAT or first is None:
            return opened.reference
        references = _possible(opened, first, versions)
        if len(references) == 1:
            return references[0]
        return next((name for name in references if came(self.tell(opened, name))), references[0])

    def tell(self, opened: Opened, reference: str) -> Reply:
        """What the engine knows of an earlier message of the same card."""
        return self._engine.tell(origin_of(opened, reference))

    def request(self, opened: Opened, reference: str, message_id: str, versions: Iterable[int]) -> Request | None:
        """What the engine is asked; None where there is nothing to ask, and only the reference has to be used up."""
        operation = self._operation(opened, versions)
        if operation is None:
            return None
        origin = origin_of(opened, reference, message_id)
        return Request(origin, _credential(opened.body), operation, opened.card.language or None)

    def use_up(self, opened: Opened, reference: str) -> Reply:
        """Make sure that nothing can be done under this reference any more."""
        return self._engine.void(origin_of(opened, reference))

    def _operation(self, opened: Opened, versions: Iterable[int]) -> Operation | None:
        body = opened.body
        if body.operation is StkOperation.TRANSFER:
            return Transfer(self._receiver(body.second_number or ""), body.amount_minor or 0)
        if body.operation in (StkOperation.QUERY, StkOperation.REVERSAL):
            return self._about_one_order(opened, versions)
        return _OPERATIONS[body.operation](body)

    def _receiver(self, keyed: str) -> str:
        """The party's code: that of the card whose number was keyed, for a card's keys have no letters; else what was keyed."""
        card = self._card_with(keyed)
        endpoint = None if card is None else self._engine.endpoint_named(EndpointKind.STK_SIM, card.iccid)
        return keyed if endpoint is None else endpoint.party.code

    def _about_one_order(self, opened: Opened, versions: Iterable[int]) -> Operation | None:
        body = opened.body
        wanted = OrderEnquiry if body.operation is StkOperation.QUERY else Reverse
        if body.original_nonce is None:
            return wanted(order_number=body.second_number, number=None if body.second_number else body.number)
        number = self._number_of(opened, body.original_nonce, versions)
        return None if number is None else wanted(order_number=number)

    def _number_of(self, opened: Opened, nonce: bytes, versions: Iterable[int]) -> str | None:
        """The number of the order made by the message of this nonce, if there is one.

        A reversal that overtook its order uses the order's reference up: the customer has his money back by then.
        """
        references = _possible(opened, nonce, versions)
        told = next((reply for reply in (self.tell(opened, name) for name in references) if came(reply)), None)
        if told is None and opened.body.operation is StkOperation.REVERSAL:
            told = self.use_up(opened, references[0])
        return None if told is None or told.order is None else told.order.order_number


def remembered(reply: Reply) -> bool:
    """Whether the engine keeps the reference: with these two refusals it kept nothing, and the message may come again."""
    return reply.refusal is None or reply.refusal.code not in (RefusalCode.BUSY, RefusalCode.UNKNOWN_ENDPOINT)


def _possible(opened: Opened, nonce: bytes, versions: Iterable[int]) -> Sequence[str]:
    """References a nonce may stand under, that of the message's own key version first."""
    others = sorted(set(versions) - {opened.key_version}, reverse=True)
    return [reference_of(version, nonce) for version in (opened.key_version, *others)]


def _credential(body: Body) -> Credential:
    return SignedIn() if body.password is None else ServicePassword(body.password)


def _sale(body: Body) -> Operation:
    return Recharge(body.number or "", body.amount_minor, repeat_mark=body.repeat_mark)


def _new_password(body: Body) -> Operation:
    return ChangePassword(body.new_password or "")


_OPERATIONS: dict[StkOperation, Callable[[Body], Operation | None]] = {
    StkOperation.RECHARGE: _sale,
    StkOperation.REPEAT: _sale,
    StkOperation.BALANCE: lambda _: Balance(),
    StkOperation.CHANGE_PASSWORD: _new_password,
    StkOperation.KEY_UPDATED: lambda _: None,
}
