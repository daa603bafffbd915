"""The link to a PreTUPS gateway: one POST a command, and what its answer proves."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from http import HTTPStatus
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import Outcome, OutcomeState
from recharge.suppliers.amounts import Unit, minor_of, written
from recharge.suppliers.contract import (
    AttemptOrder,
    CannotTell,
    Caps,
    LinkParts,
    StatementLine,
    StatementNotReady,
    Stock,
    SupplierLink,
)
from recharge.suppliers.http import CannotSay, HttpLink, NoAnswer
from recharge.suppliers.pretups import codec, codes, evidence
from recharge.suppliers.pretups.report import LARGEST_REPORT, read_report
from recharge.suppliers.pretups.settings import read_settings

_HEADERS = {"Content-Type": "text/xml; charset=utf-8"}
_SALES = {OrderKind.RECHARGE: ("EXRCTRFREQ", "EXRCTRFRESP"), OrderKind.BILL_PAYMENT: ("EXPPBREQ", "EXPPBRESP")}
_STATUS, _REVERSAL, _BALANCE = ("EXRCSTATREQ", "EXRCSTATRESP"), ("RCREVREQ", "RCREVRESP"), ("EXUSRBALREQ", "EXUSRBALRESP")


class PretupsLink(HttpLink):
    """A client of the external gateway; safe for hundreds of requests at once in one event loop."""

    def __init__(self, parts: LinkParts) -> None:
        self._settings, self._secret = read_settings(parts)
        super().__init__(parts, self._settings)
        self._minor_digits, self._zone, self._caps = parts.minor_digits, ZoneInfo(self._settings.zone), self._settings.caps
        named = {
            "REQUEST_GATEWAY_CODE": self._settings.gateway_code,
            "REQUEST_GATEWAY_TYPE": self._settings.gateway_type,
            "LOGIN": self._settings.login,
            "PASSWORD": self._secret.password,
            "SOURCE_TYPE": self._settings.source_type,
            "SERVICE_PORT": self._settings.service_port,
        }
        self._url = f"{self._settings.url}?{urlencode(named)}"

    @property
    def caps(self) -> Caps:
        return self._caps

    async def submit(self, order: AttemptOrder) -> Outcome:
        kind, answer = _SALES[order.kind]
        try:
            fields = self._about(order.reference) | self._sale(order)
            return evidence.of_request(await self._ask(kind, fields), answer, order, self._settings, self._now())
        except (CannotSay, NoAnswer, codec.BadMessage) as error:
            return self._unanswered(error)

    async def query(self, order: AttemptOrder) -> Outcome:
        fields = self._about(order.reference) | {"TXNID": order.supplier_reference, "LANGUAGE1": self._settings.language1}
        try:
            return evidence.of_status(await self._ask(_STATUS[0], fields), _STATUS[1], order, self._settings, self._now())
        except (NoAnswer, codec.BadMessage) as error:
            return self._without_word(OutcomeState.UNKNOWN, error)

    async def reverse(self, order: AttemptOrder) -> Outcome:
        if not self._caps.reverse:
            return await super().reverse(order)
        try:
            if not order.supplier_reference:
                raise CannotSay("the gateway's own number of the sale is not known")
            fields = self._about(order.reference) | self._reversal(order)
            return evidence.of_request(await self._ask(_REVERSAL[0], fields), _REVERSAL[1], order, self._settings, self._now())
        except (CannotSay, NoAnswer, codec.BadMessage) as error:
            return self._unanswered(error)

    async def balance(self) -> Stock:
        try:
            told = await self._ask(_BALANCE[0], self._about(""))
        except (NoAnswer, codec.BadMessage) as error:
            raise CannotTell(str(error)) from None
        if told.get("TYPE") != _BALANCE[1] or told.get("TXNSTATUS") != codes.DONE:
            raise CannotTell(f"balance: {told.get('TXNSTATUS') or 'no code'}")
        unit = Unit.MINOR if self._settings.unit is Unit.MINOR else Unit.DECIMAL
        amounts = [minor_of(record.get("BALANCE", ""), unit, self._minor_digits) for record in self._products(told)]
        if len(amounts) != 1 or amounts[0] is None:
            raise CannotTell("balance: not one amount")
        return Stock(amounts[0], 0, self._now())

    async def statement(self, day: date) -> Sequence[StatementLine]:
        if not self._settings.report_url:
            raise CannotTell("this gateway's day report cannot be fetched")
        url = self._settings.report_url.replace("{day}", f"{day:%Y%m%d}")
        named = base64.b64encode(f"{self._settings.login}:{self._secret.password}".encode()).decode()
        try:
            answer = await self._request(
                "GET", url, headers={"Authorization": f"Basic {named}"}, largest=LARGEST_REPORT, seconds=self._settings.report_seconds
            )
        except NoAnswer as error:
            raise CannotTell(f"report: {error}") from None
        if answer.status == HTTPStatus.NOT_FOUND:
            raise StatementNotReady(str(day))
        if answer.status != HTTPStatus.OK:
            raise CannotTell(f"report: HTTP {answer.status}")
        return read_report(answer.body, day, self._settings, self._minor_digits)

    def _products(self, told: codec.Command) -> list[Mapping[str, str]]:
        wanted = self._settings.product_code
        return [record for record in told.records if not wanted or record.get("PRODUCTCODE") == wanted]

    def _about(self, reference: str) -> dict[str, str]:
        """What every command opens with: when, which network, which dealer, which order of ours."""
        at = self._now().astimezone(self._zone)
        return {
            "DATE": at.strftime(self._settings.date_format),
            "EXTNWCODE": self._settings.network,
            "MSISDN": self._settings.msisdn,
            "PIN": self._pin(),
            "LOGINID": self._settings.login_id,
            "PASSWORD": self._secret.user_password,
            "EXTCODE": self._settings.ext_code,
            "EXTREFNUM": reference,
        }

    def _pin(self) -> str:
        return base64.b64encode(self._secret.pin.encode()).decode() if self._settings.pin_base64 else self._secret.pin

    def _sale(self, order: AttemptOrder) -> dict[str, str]:
        bill = order.kind is OrderKind.BILL_PAYMENT
        return {
            "MSISDN2": self._number(order),
            "AMOUNT": written(order.face_minor, self._settings.unit, self._minor_digits),
            "LANGUAGE1": self._settings.language1,
            "LANGUAGE2": self._settings.language2,
            "SELECTOR": self._settings.bill_selector if bill else self._settings.selector,
        }

    def _reversal(self, order: AttemptOrder) -> dict[str, str]:
        return {
            "MSISDN2": self._number(order),
            "TXNID": order.supplier_reference,
            "LANGUAGE1": self._settings.language1,
            "LANGUAGE2": self._settings.language2,
        }

    def _number(self, order: AttemptOrder) -> str:
        national = order.number.removeprefix("0") if self._settings.drop_zero else order.number
        return self._settings.number_prefix + national

    async def _ask(self, kind: str, fields: Mapping[str, str]) -> codec.Command:
        """One command. Raises NoAnswer, codec.BadMessage."""
        content = codec.command(kind, fields)
        if self._settings.way == "data":
            return codec.read(await self._understood("GET", f"{self._url}&{urlencode({'DATA': content.decode()})}"))
        return codec.read(await self._understood("POST", self._url, content, _HEADERS))


def make(parts: LinkParts) -> SupplierLink:
    """A link to a PreTUPS gateway. Raises LinkMisconfigured."""
    return PretupsLink(parts)
