"""The link to an aggregator: signed questions in its dialect, and what answers and notices prove."""

import json
from hashlib import md5
from typing import Any
from zoneinfo import ZoneInfo

from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.amounts import written
from recharge.suppliers.contract import (
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
from recharge.suppliers.http import CannotSay, HttpLink, NoAnswer, product_of
from recharge.suppliers.md5_form import codec
from recharge.suppliers.md5_form.codes import Word
from recharge.suppliers.md5_form.dialects import PRESETS
from recharge.suppliers.md5_form.evidence import Money, of_answer, of_notice
from recharge.suppliers.md5_form.settings import Call, caps_of, read_settings
from recharge.suppliers.md5_form.signing import Signer

_ZONE = ZoneInfo("Asia/Shanghai")


class Md5FormLink(HttpLink):
    """A client of an aggregator; safe for hundreds of requests at once in one event loop."""

    def __init__(self, parts: LinkParts) -> None:
        self._settings, self._dialect, secret = read_settings(parts, PRESETS)
        super().__init__(parts, self._settings)
        self._signer = Signer(secret.key, self._settings.user, self._dialect.charset)
        self._password_md5 = md5(secret.password.encode(), usedforsecurity=False).hexdigest() if secret.password else ""
        self._minor_digits = parts.minor_digits
        self._money = Money(self._dialect.unit, parts.minor_digits)
        self._caps = caps_of(self._settings, self._dialect)

    @property
    def caps(self) -> Caps:
        return self._caps

    async def submit(self, order: AttemptOrder) -> Outcome:
        call = self._dialect.submit
        try:
            told = await self._ask(call, self._facts(order, call))
            return of_answer(told, call.reading, order, self._money, self._now())
        except (CannotSay, NoAnswer, codec.BadMessage) as error:
            return self._unanswered(error)

    async def query(self, order: AttemptOrder) -> Outcome:
        call = self._dialect.query
        if call is None:
            return Outcome(OutcomeState.UNKNOWN, self._now(), code="cannot_query")
        try:
            told = await self._ask(call, self._facts(order, call))
            outcome = of_answer(told, call.reading, order, self._money, self._now())
        except (CannotSay, NoAnswer, codec.BadMessage) as error:
            return self._without_word(OutcomeState.UNKNOWN, error)
        # A code that means "not taken" speaks of the question here.
        refused = outcome.state is OutcomeState.NOT_SENT
        return self._without_word(OutcomeState.UNKNOWN, NoAnswer("question refused")) if refused else outcome

    async def balance(self) -> Stock:
        call = self._dialect.balance
        if call is None:
            raise CannotTell("this aggregator tells no balance")
        try:
            told = await self._ask(call, self._own())
        except (NoAnswer, codec.BadMessage) as error:
            raise CannotTell(str(error)) from None
        good = call.reading.codes.get(codec.pick(told, call.reading.code)) is Word.READ or not call.reading.code
        amount = self._money.minor(told, call.reading.balance) if good else None
        if amount is None:
            raise CannotTell("balance: not an amount")
        return Stock(amount, 0, self._now())

    def read_callback(self, raw: RawCallback) -> Callback:
        notice = self._dialect.notice
        if notice is None:
            raise ForgedCallback("this aggregator has no notices")
        try:
            fields = codec.read_form(raw.body or raw.query, self._dialect.charset)
        except codec.BadMessage as error:
            raise ForgedCallback(str(error)) from None
        if not self._signer.is_signed(fields, notice.sign):
            raise ForgedCallback("signature")
        reference = codec.pick(fields, notice.reading.reference)
        if not reference.isdecimal():
            raise BadCallback("no reference of ours")
        return Callback(reference, of_notice(fields, notice.reading, self._money, self._now()), notice.acknowledgement.encode())

    async def _ask(self, call: Call, facts: dict[str, str]) -> Any:
        """One question. Raises NoAnswer, codec.BadMessage."""
        fields = {name: _filled(text, facts) for name, text in call.fields.items()}
        if call.sign is not None:
            fields[call.sign.field] = self._signer.sign(fields, call.sign)
        url, charset = self._settings.url + call.path, self._dialect.charset
        if call.method == "GET":
            body = await self._understood("GET", f"{url}?{codec.form(fields, charset)}")
        else:
            content, kind = self._body(call, fields)
            body = await self._understood("POST", url, content, {"Content-Type": kind})
        return codec.read(body, call.answer, charset)

    def _body(self, call: Call, fields: dict[str, str]) -> tuple[bytes, str]:
        charset = self._dialect.charset
        if call.body == "json":
            return json.dumps(fields, ensure_ascii=False).encode(charset, "replace"), f"application/json; charset={charset}"
        return codec.form(fields, charset).encode("ascii"), f"application/x-www-form-urlencoded; charset={charset}"

    def _own(self) -> dict[str, str]:
        return {
            "user": self._settings.user,
            "password_md5": self._password_md5,
            "notify_url": self._settings.notify_url,
            "time": f"{self._now().astimezone(_ZONE):%Y%m%d%H%M%S}",
        }

    def _facts(self, order: AttemptOrder, call: Call) -> dict[str, str]:
        """What the fields of a question about an order are filled with. Raises CannotSay."""
        facts = self._own() | {"reference": order.reference, "number": order.number, "time": f"{order.at.astimezone(_ZONE):%Y%m%d%H%M%S}"}
        wanted = " ".join(call.fields.values())
        if "{amount}" in wanted:
            facts["amount"] = written(order.face_minor, self._dialect.unit, self._minor_digits)
        if "{product}" in wanted:
            facts["product"] = product_of(self._settings.products, order)
        return facts


def _filled(template: str, facts: dict[str, str]) -> str:
    for name, text in facts.items():
        template = template.replace(f"{{{name}}}", text)
    return template


def make(parts: LinkParts) -> SupplierLink:
    """A link to an aggregator. Raises LinkMisconfigured."""
    return Md5FormLink(parts)
