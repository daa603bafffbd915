"""The link to an AIR node: one Refill an order, and the subscriber's balance as the only witness where it stays silent."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.amounts import written
from recharge.suppliers.contract import (
    AttemptOrder,
    CannotTell,
    Caps,
    LinkParts,
    Stock,
    SupplierLink,
)
from recharge.suppliers.http import CannotSay, HttpLink, NoAnswer
from recharge.suppliers.ucip import codec, evidence
from recharge.suppliers.ucip.settings import read_settings


class UcipLink(HttpLink):
    """A client of AIR; safe for hundreds of requests at once in one event loop."""

    def __init__(self, parts: LinkParts) -> None:
        self._settings = read_settings(parts)
        super().__init__(parts, self._settings)
        self._minor_digits, self._zone, self._caps = parts.minor_digits, ZoneInfo(self._settings.zone), self._settings.caps
        credentials = base64.b64encode(self._settings.user.encode() + b":" + parts.secret).decode()
        self._headers = {
            "Content-Type": "text/xml",
            "User-Agent": self._settings.user_agent,
            "Authorization": f"Basic {credentials}",
        }

    @property
    def caps(self) -> Caps:
        return self._caps

    async def submit(self, order: AttemptOrder) -> Outcome:
        try:
            refill, before = self._refill(order), await self._before(order)
        except (CannotSay, NoAnswer, codec.BadMessage) as error:
            # So far only a question was asked: no money can have moved.
            return self._without_word(OutcomeState.NOT_SENT, error)
        try:
            outcome = evidence.of_refill(await self._ask("Refill", refill), order, self._now())
        except (NoAnswer, codec.BadMessage) as error:
            outcome = self._unanswered(error)
        kept = outcome.state is OutcomeState.UNKNOWN and before is not None
        return replace(outcome, supplier_reference=evidence.remembered(before)) if kept and before is not None else outcome

    async def query(self, order: AttemptOrder) -> Outcome:
        if not self._caps.query or order.original_reference:
            return Outcome(OutcomeState.UNKNOWN, self._now(), code="cannot_query")
        try:
            refill_minor = int(self._amount(order))
            return evidence.of_balance(await self._balance(order), refill_minor, order, self._now())
        except (CannotSay, NoAnswer, codec.BadMessage) as error:
            return self._without_word(OutcomeState.UNKNOWN, error)

    async def reverse(self, order: AttemptOrder) -> Outcome:
        if not self._caps.reverse:
            return await super().reverse(order)
        try:
            taken = {"adjustmentAmountRelative": f"-{self._amount(order)}", "transactionCurrency": self._settings.currency}
            told = await self._ask("UpdateBalanceAndDate", self._about(order) | taken)
            return evidence.of_reversal(told, order, self._now())
        except (CannotSay, NoAnswer, codec.BadMessage) as error:
            return self._unanswered(error)

    async def balance(self) -> Stock:
        raise CannotTell("AIR keeps no stock of ours")

    async def _before(self, order: AttemptOrder) -> int | None:
        """The subscriber's balance before a refill. Raises NoAnswer, codec.BadMessage."""
        return await self._balance(order) if self._settings.balance_evidence else None

    async def _balance(self, order: AttemptOrder) -> int:
        # A number of its own: AIR nodes may take the same one twice for a repeat. It is one digit longer than any of ours.
        question = self._about(order) | {"originTransactionID": f"{order.reference}0"}
        told = await self._ask("GetBalanceAndDate", question)
        balance = evidence.balance_of(told)
        if balance is None:
            raise codec.BadMessage(f"no balance, response {codec.code_of(told)}")
        return balance

    def _refill(self, order: AttemptOrder) -> dict[str, Any]:
        """The members of a Refill without a voucher. Raises CannotSay."""
        if order.kind is not OrderKind.RECHARGE:
            raise CannotSay("AIR takes recharges only")
        external = {"externalData1": self._settings.external_data} if self._settings.external_data else {}
        return {
            **self._about(order),
            **external,
            "transactionAmount": self._amount(order),
            "transactionCurrency": self._settings.currency,
            "refillProfileID": self._settings.refill_profile,
            "requestRefillAccountBeforeFlag": True,
            "requestRefillAccountAfterFlag": True,
        }

    def _about(self, order: AttemptOrder) -> dict[str, Any]:
        """What every call opens with."""
        national = order.number.removeprefix("0") if self._settings.drop_zero else order.number
        plan = {} if self._settings.number_plan is None else {"subscriberNumberNAI": self._settings.number_plan}
        return {
            "originNodeType": self._settings.node_type,
            "originHostName": self._settings.host_name,
            "originTransactionID": order.reference,
            "originTimeStamp": codec.stamp(self._now().astimezone(self._zone)),
            **plan,
            "subscriberNumber": self._settings.number_prefix + national,
        }

    def _amount(self, order: AttemptOrder) -> str:
        return written(order.face_minor, self._settings.unit, self._minor_digits)

    async def _ask(self, method: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """One call. Raises NoAnswer, codec.BadMessage."""
        return codec.read(await self._understood("POST", self._settings.url, codec.call(method, fields), self._headers))


def make(parts: LinkParts) -> SupplierLink:
    """A link to an AIR node. Raises LinkMisconfigured."""
    return UcipLink(parts)
