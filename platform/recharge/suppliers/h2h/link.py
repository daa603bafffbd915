"""The link to another server: one GET a question, its text read by the reply rules, and callbacks by GET or form."""

from collections.abc import Callable

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.domain.reply_rules import Meaning, Reply, Scope
from recharge.suppliers.amounts import written
from recharge.suppliers.contract import (
    LONGEST_TEXT,
    AttemptOrder,
    BadCallback,
    Callback,
    CannotTell,
    Caps,
    ForgedCallback,
    LinkParts,
    RawCallback,
    Stock,
    SupplierLink,
)
from recharge.suppliers.h2h import codec, evidence
from recharge.suppliers.h2h.codes import after_question, after_sale
from recharge.suppliers.h2h.settings import Address, CallbackForm, read_settings
from recharge.suppliers.h2h.signing import otomax_sign, same_key
from recharge.suppliers.http import CannotSay, HttpLink, NoAnswer, product_of

_BY_HTTP, _BY_CALLBACK = "http", "callback"


class H2hLink(HttpLink):
    """A client of another server; safe for hundreds of requests at once in one event loop."""

    def __init__(self, parts: LinkParts) -> None:
        self._settings, self._secret = read_settings(parts)
        super().__init__(parts, self._settings)
        self._code, self._replies, self._minor_digits = parts.code, parts.replies, parts.minor_digits
        self._caps = self._settings.caps

    @property
    def caps(self) -> Caps:
        return self._caps

    async def submit(self, order: AttemptOrder) -> Outcome:
        return await self._asked(order, self._settings.submit, after_sale)

    async def query(self, order: AttemptOrder) -> Outcome:
        how = self._settings.query
        where = self._settings.submit if how == "resend" else self._settings.status
        if how == "none" or where is None:
            return Outcome(OutcomeState.UNKNOWN, self._now(), code="cannot_query")
        outcome = await self._asked(order, where, after_question)
        # That the question was not sent says nothing of the order.
        return self._without_word(OutcomeState.UNKNOWN, NoAnswer(outcome.text)) if outcome.state is OutcomeState.NOT_SENT else outcome

    async def balance(self) -> Stock:
        if self._settings.balance is None:
            raise CannotTell("this server is not asked for its balance")
        try:
            text = await self._text(self._settings.balance, self._own())
        except NoAnswer as error:
            raise CannotTell(str(error)) from None
        told = self._replies.read(text, Scope(self._code, _BY_HTTP), self._now())
        if told is None or told.meaning is not Meaning.STOCK or told.balance_minor is None:
            raise CannotTell("balance: not read")
        return Stock(told.balance_minor, 0, self._now())

    def read_callback(self, raw: RawCallback) -> Callback:
        form = self._settings.callback
        if form is None:
            raise ForgedCallback("this server has no callbacks")
        try:
            fields = codec.fields_of(raw.body, raw.query)
        except codec.BadMessage as error:
            raise ForgedCallback(str(error)) from None
        if not same_key(fields.get(form.key, ""), self._secret.callback_key):
            raise ForgedCallback("key")
        return self._by_status(form, fields) if form.status else self._by_text(form, fields)

    def _by_status(self, form: CallbackForm, fields: dict[str, str]) -> Callback:
        reference = fields.get(form.reference, "")
        if not reference.isdecimal() or form.status not in fields:
            raise BadCallback("no reference of ours or no status")
        state = OutcomeState(form.statuses.get(fields[form.status], "unknown"))
        number, message = fields.get(form.number, ""), fields.get(form.message, "")
        outcome = Outcome(
            state,
            self._now(),
            supplier_reference=fields.get(form.supplier_reference, "")[:64],
            serial_number=fields.get(form.serial_number, "")[:40] if state is OutcomeState.SUCCESS else "",
            code=fields[form.status][:32],
            text=evidence.shown(message, number)[:LONGEST_TEXT],
            raw=evidence.shown(message, number),
            number=number,
        )
        return Callback(reference, outcome, form.acknowledgement.encode())

    def _by_text(self, form: CallbackForm, fields: dict[str, str]) -> Callback:
        text, named = fields.get(form.message, ""), fields.get(form.reference, "")
        attempt = int(named) if named.isdecimal() else None
        told = self._replies.read(text, Scope(self._code, _BY_CALLBACK), self._now(), attempt)
        reference = (told.our_reference if told else "") or named
        if not reference.isdecimal() or (named and named != reference):
            raise BadCallback("no reference of ours")
        if told is None:
            outcome = Outcome(OutcomeState.UNKNOWN, self._now(), code=evidence.UNREAD)
        else:
            outcome = evidence.told(text, told, after_question(told.meaning), self._now(), told.number)
        return Callback(reference, outcome, form.acknowledgement.encode())

    def reread(self, reference: str, number: str, text: str, told: Reply) -> Outcome | None:
        """As contract.Rereads. Whether it had answered the sale or a question is not asked any more: "not taken" proves nothing then."""
        if evidence.whose(told, reference, number):
            return None
        return evidence.told(text, told, after_question(told.meaning), self._now(), number)

    async def _asked(self, order: AttemptOrder, where: Address, meaning_of: Callable[[Meaning], OutcomeState]) -> Outcome:
        try:
            text = await self._text(where, self._facts(order, where))
        except (CannotSay, NoAnswer) as error:
            return self._unanswered(error)
        told = self._replies.read(text, Scope(self._code, _BY_HTTP), self._now(), int(order.reference))
        return evidence.of_reply(text, told, order, meaning_of, self._now())

    async def _text(self, where: Address, facts: dict[str, str]) -> str:
        """The text a question is answered with. Raises NoAnswer."""
        return codec.text_of(await self._understood("GET", codec.address(self._settings.url, where.path, where.fields, facts)))

    def _own(self) -> dict[str, str]:
        return {"user": self._settings.user, "pin": self._secret.pin, "password": self._secret.password}

    def _facts(self, order: AttemptOrder, where: Address) -> dict[str, str]:
        """What a question about an order is filled with. Raises CannotSay."""
        facts = self._own() | {"reference": order.reference, "number": order.number}
        wanted = " ".join(where.fields.values())
        if "{amount}" in wanted:
            facts["amount"] = written(order.face_minor, self._settings.unit, self._minor_digits)
        if "{product}" in wanted or "{sign}" in wanted:
            facts["product"] = product_of(self._settings.products, order)
        if self._settings.sign == "otomax":
            own = (self._secret.pin, self._secret.password)
            facts["sign"] = otomax_sign(self._settings.user, facts.get("product", ""), order.number, order.reference, *own)
        return facts


def make(parts: LinkParts) -> SupplierLink:
    """A link to another server. Raises LinkMisconfigured."""
    return H2hLink(parts)
