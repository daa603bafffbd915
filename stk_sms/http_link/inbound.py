"""What Kannel asks of us over HTTP: messages from phones (get-url) and delivery reports (dlr-url)."""

import asyncio
import hmac
import logging
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from aiohttp import web

from gsm import text as gsm_text
from gsm import udh
from stk_sms.http_link.escapes import BadQuery, number, read_query, text
from stk_sms.transport import DeliveryReport, DeliveryState, Handler, Inbound, ReportHandler, Verdict

_log = logging.getLogger(__name__)
MO_PATH = "/sms/mo"
DLR_PATH = "/sms/dlr"
_MOST_WAITING = 1000
_MOST_BATCH = 200
# Kannel's dlr-mask values (user's guide, "Delivery reports").
_REPORTS = {
    1: DeliveryState.DELIVERED, 2: DeliveryState.FAILED, 4: DeliveryState.BUFFERED, 8: DeliveryState.BUFFERED, 16: DeliveryState.FAILED,
    32: DeliveryState.EXPIRED,
}  # fmt: skip
# Kannel's coding parameter (0: 7 bit, 1: 8 bit, 2: UCS-2) as data coding scheme.
_CODINGS = {0: gsm_text.GSM7, 1: gsm_text.BINARY, 2: gsm_text.UCS2}
# Kannel repeats a get-url answered with anything but 200 when it is told to (http-request-retry); 503 says that it may.
_STATUSES = {Verdict.ACCEPTED: HTTPStatus.OK, Verdict.TEMPORARY: HTTPStatus.SERVICE_UNAVAILABLE, Verdict.PERMANENT: HTTPStatus.FORBIDDEN}


def read_message(link: str, query: str, now: datetime) -> Inbound:
    """The message in a get-url's query: from, to, udh, bin, id, smsc, coding. Raises BadQuery."""
    values = read_query(query)
    sender, recipient = text(values, "from").lstrip("+"), text(values, "to").lstrip("+")
    if not sender:
        raise BadQuery("from", "missing")
    header = values.get("udh", b"")
    try:
        udh.parse(header)
    except udh.BadHeader as error:
        raise BadQuery("udh", str(error)) from None
    coding, data = number(values, "coding"), values.get("bin", b"")
    if coding not in _CODINGS:
        raise BadQuery("coding", "0, 1 or 2 was expected")
    # Kannel gives a 7-bit text as %b in its own charset, UTF-8 unless it is told otherwise.
    scheme = _CODINGS[coding]
    if scheme == gsm_text.GSM7:
        data, scheme = gsm_text.encode(data.decode("utf-8", "replace"))
    return Inbound(
        link=link,
        message_id=text(values, "id", most=64),
        sender=sender,
        recipient=recipient,
        data=data,
        received_at=now,
        udh=header,
        coding=scheme,
        protocol_id=number(values, "pid"),
    )


def read_report(link: str, query: str) -> DeliveryReport:
    """The report in a dlr-url's query: ref, type, id, answer. Raises BadQuery."""
    values = read_query(query)
    kind, reference = number(values, "type"), text(values, "ref")
    if kind not in _REPORTS or not reference:
        raise BadQuery("type" if reference else "ref", "not one of Kannel's" if reference else "missing")
    return DeliveryReport(link, reference, text(values, "id"), _REPORTS[kind], text(values, "answer"))


class Gate:
    """Serves get-url and dlr-url. Requests that wait while a batch is being taken make the next batch, as with one socket read."""

    def __init__(self, link: str, secret: str, wall: Callable[[], datetime]) -> None:
        self._link, self._secret, self._wall = link, secret, wall
        self._handler: Handler | None = None
        self._on_report: ReportHandler | None = None
        self._waiting: list[tuple[Inbound, asyncio.Future[Verdict]]] = []
        self._worker: asyncio.Task[None] | None = None

    def open(self, handler: Handler, on_report: ReportHandler) -> None:
        """Take requests from now on."""
        self._handler, self._on_report = handler, on_report

    def application(self) -> web.Application:
        """The application to serve."""
        application = web.Application(client_max_size=16_384)
        application.router.add_get(MO_PATH, self._message)
        application.router.add_get(DLR_PATH, self._report)
        return application

    async def stop(self) -> None:
        """Finish the batch under way; whoever comes later is told to come again."""
        self._handler = None
        if self._worker is not None:
            await asyncio.gather(self._worker, return_exceptions=True)

    async def _message(self, http: web.Request) -> web.Response:
        if not self._may_ask(http):
            return web.Response(status=HTTPStatus.FORBIDDEN)
        try:
            message = read_message(self._link, http.rel_url.raw_query_string, self._wall())
        except BadQuery as error:
            _log.warning("a message on %s was refused: %s", self._link, error.field)
            return web.Response(status=HTTPStatus.BAD_REQUEST, text=f"{error}\n")
        return web.Response(status=_STATUSES[await self._take(message)])

    async def _report(self, http: web.Request) -> web.Response:
        if not self._may_ask(http):
            return web.Response(status=HTTPStatus.FORBIDDEN)
        try:
            report = read_report(self._link, http.rel_url.raw_query_string)
        except BadQuery as error:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text=f"{error}\n")
        if self._on_report is not None:
            self._on_report(report)
        return web.Response()

    def _may_ask(self, http: web.Request) -> bool:
        """Kannel cannot sign; a secret in the URL, kept between the two, keeps strangers out."""
        return not self._secret or hmac.compare_digest(http.query.get("secret", "").encode(), self._secret.encode())

    async def _take(self, message: Inbound) -> Verdict:
        if self._handler is None or len(self._waiting) >= _MOST_WAITING:
            return Verdict.TEMPORARY
        told: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, told))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(self._handler))
        return await told

    async def _work(self, handler: Handler) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_BATCH], self._waiting[_MOST_BATCH:]
            try:
                verdicts = await handler([message for message, _ in batch])
            except Exception:  # whatever fails behind the link, Kannel keeps its messages and the link stays
                _log.exception("a batch of %d was not taken", len(batch))
                verdicts = [Verdict.TEMPORARY] * len(batch)
            for (_, told), verdict in zip(batch, verdicts, strict=True):
                # Whoever asked may have hung up meanwhile.
                if not told.done():
                    told.set_result(verdict)
