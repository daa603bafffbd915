"""A link over HTTP, behind the transport interface: our own listener for Kannel's get-url, and a client of its sendsms."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote_from_bytes, urlencode

import aiohttp
from aiohttp import web
from yarl import URL

from gsm import text as gsm_text
from stk_sms.http_link.inbound import DLR_PATH, Gate
from stk_sms.transport import Handler, NotSent, OneByOne, Outbound, Refused, ReportHandler, SendUnknown, ignore_report

# Delivered, failed, rejected, expired: what a final report may say.
_DLR_MASK = 1 | 2 | 16 | 32
_CODINGS = {gsm_text.GSM7: 0, gsm_text.UCS2: 2}


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """One Kannel. `sendsms_url` may carry user and password of its own; `own_url` is how Kannel reaches our listener."""

    name: str
    sendsms_url: str
    user: str = ""
    password: str = field(default="", repr=False)
    smsc: str = ""
    sender: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    own_url: str = ""
    secret: str = field(default="", repr=False)
    timeout_seconds: float = 10.0


def sendsms_query(message: Outbound, settings: HttpSettings, own_url: str) -> str:
    """The query of one sendsms: text as UTF-8, binary data and header as escaped octets."""
    values = {"username": settings.user, "password": settings.password, "smsc": settings.smsc}
    values |= {"from": message.sender or settings.sender, "to": message.recipient}
    octets = {}
    if message.data:
        values |= {"coding": str(_CODINGS.get(message.coding, 1)), "pid": str(message.protocol_id or "")}
        octets = {"udh": message.udh, "text": message.data}
        # 1 is 8-bit data; the message class of F4..F7 goes by mclass, its lower bits (user's guide, "sendsms").
        if message.coding & 0xF0 == 0xF0:
            values["mclass"] = str(message.coding & 3)
    else:
        _, coding = gsm_text.encode(message.text)
        # Kannel takes UTF-8 and writes UCS-2 itself when it is told coding 2.
        values |= {"coding": str(_CODINGS[coding]), "charset": "UTF-8"}
        octets = {"text": message.text.encode("utf-8", "replace")}
    if message.valid_seconds:
        values["validity"] = str(max(1, message.valid_seconds // 60))
    if message.want_report:
        values |= {"dlr-mask": str(_DLR_MASK), "dlr-url": _report_url(message.reference, settings.secret, own_url)}
    pieces = [urlencode({name: value for name, value in values.items() if value}, encoding="utf-8")]
    pieces += [f"{name}={quote_from_bytes(value, safe='')}" for name, value in octets.items() if value]
    return "&".join(pieces)


def _report_url(reference: str, secret: str, own_url: str) -> str:
    """Kannel fills in %d (what happened), %F (the network's id) and %A (the network's words) when the report comes."""
    kept = urlencode({"ref": reference} | ({"secret": secret} if secret else {}))
    return f"{own_url}{DLR_PATH}?{kept}&type=%d&id=%F&answer=%A"


class HttpLink(OneByOne):
    """A transport (stk_sms.transport.Transport) over one Kannel."""

    def __init__(self, settings: HttpSettings, wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._gate = Gate(settings.name, settings.secret, wall)
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._down = False
        self.port = settings.port

    @property
    def name(self) -> str:
        """The link's name."""
        return self._settings.name

    @property
    def ready(self) -> bool:
        """Whether the last message found Kannel there."""
        return self._client is not None and not self._down

    @property
    def own_url(self) -> str:
        """Where Kannel finds us."""
        return self._settings.own_url or f"http://{self._settings.host}:{self.port}"

    async def start(self, handler: Handler, on_report: ReportHandler = ignore_report) -> None:
        """Listen for get-url and dlr-url."""
        self._gate.open(handler, on_report)
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._settings.timeout_seconds))
        self._runner = web.AppRunner(self._gate.application(), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.host, self._settings.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Answer what has come in, close."""
        await self._gate.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def send(self, message: Outbound) -> tuple[str, ...]:
        """Hand one message to sendsms; Kannel splits long texts itself and tells no ids. Raises NotSent, Refused or SendUnknown."""
        if self._client is None:
            raise NotSent("not started")
        if message.ussd is not None:
            raise Refused("no USSD over this link")
        query = sendsms_query(message, self._settings, self.own_url)
        url = URL(f"{self._settings.sendsms_url}?{query}", encoded=True)
        try:
            async with self._client.get(url, allow_redirects=False) as answer:
                status, said = answer.status, (await answer.content.read(200)).decode("latin-1").strip()
        except aiohttp.ClientConnectorError as error:
            self._down = True
            raise NotSent(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SendUnknown(type(error).__name__) from None
        self._down = False
        return self._judge(status, said)

    @staticmethod
    def _judge(status: int, said: str) -> tuple[str, ...]:
        """202: accepted or queued; 503: try again later (user's guide, "sendsms"); what else a server may say is a refusal."""
        if status in (200, 202):
            return ()
        if status == 503:
            raise NotSent(said)
        if status >= 500:
            raise SendUnknown(f"HTTP {status}")
        raise Refused(f"HTTP {status}: {said}")
