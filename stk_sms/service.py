"""The channel as a running thing: links opened over an engine, and closed in order."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from recharge import Channel, Engine, MessageState, Refusal, Settings, metadata
from recharge import Sender as Outbox
from stk_sms.awaiting import AwaitedBook, Awaiting
from stk_sms.cards.gate import GateRules, national
from stk_sms.cards.keyring import Keyring, MasterKeys
from stk_sms.cards.reading import CardReader
from stk_sms.cards.service import CardOrders
from stk_sms.cards.writing import CardWriter
from stk_sms.configuration import Configuration
from stk_sms.fates import Fates, Keep, Told
from stk_sms.gateway import Gateway, SmsPort
from stk_sms.notices import NoticeBook, NoticeSender, NoticeState
from stk_sms.plain import PlainOrders, PlainRules
from stk_sms.routing import Router
from stk_sms.smpp.link import SmppLink
from stk_sms.transport import DeliveryReport, Sender

_log = logging.getLogger(__name__)
_LINK_SECONDS = 0.2
# Who ordered by voice is told by SMS, too.
_OUR_CHANNELS = frozenset({Channel.SMS, Channel.STK, Channel.USSD, Channel.IVR})


class StoredKeys:
    """Wrapped master keys in the books' own table of secrets, for reading: a gateway writes none."""

    def __init__(self, engine: Engine) -> None:
        self._database = engine.database

    def get(self, purpose: str, name: str, version: int) -> bytes:
        """A wrapped secret. Raises LookupError."""
        table = metadata.tables["secret"]
        wanted = (table.c.purpose == purpose) & (table.c.name == name) & (table.c.version == version)
        with self._database.read() as connection:
            found = connection.scalar(select(table.c.wrapped).where(wanted))
        if found is None:
            raise LookupError(f"{purpose} {name} {version}")
        return bytes(found)

    def put(self, purpose: str, name: str, version: int, wrapped: bytes) -> None:
        """Master keys are kept by the operator's program."""
        raise PermissionError(purpose)


class Service:
    """One process of the channel."""

    def __init__(self, engine: Engine, configuration: Configuration, settings: Settings, keys: MasterKeys | None = None) -> None:
        self._links = configuration.transports()
        self._partners = configuration.partners.gate() if configuration.partners else None
        senders: list[Sender] = list(self._links)
        if self._partners and configuration.partners:
            senders += [self._partners.sender(account.system_id) for account in configuration.partners.accounts]
        self.router = Router(senders, configuration.routes, carrier_of(engine))
        rules = gate_rules(settings)
        masters = keys or MasterKeys(engine.keys, StoredKeys(engine))
        cards = CardOrders(engine, Keyring(masters), utc_now, rules, settings.minor_digits)
        plain = plain_orders(engine, configuration, settings, rules) if configuration.plain_text or configuration.ussd else None
        self.gateway = Gateway(cards, plain, self.router, reports=configuration.answer_reports)
        book = NoticeBook(engine.database, utc_now)
        self._notices, self.fates = NoticeSender(book, self.router, utc_now), Fates(keepers(engine, book))
        awaits = [link for link in self._links if isinstance(link, SmppLink)]
        self._awaiting = Awaiting(AwaitedBook(engine.database, utc_now), awaits, utc_now)
        self._engine, self._told_by_us = engine, settings.sent_elsewhere & _OUR_CHANNELS

    async def run(self, over: asyncio.Event, ready: Callable[[], None]) -> None:
        """Open every link, call `ready`, and close in order once it is over: no new messages, answers out, then the links."""
        for link in self._links:
            await link.start(self.gateway.handle, self.fates.report)
        if self._partners:
            await self._partners.start(self.gateway.handle)
        enough = threading.Event()
        outbox = asyncio.create_task(self._send_outbox(enough))
        # A sender that died would leave everybody untold: better the whole process ends, and is started again.
        outbox.add_done_callback(lambda done: over.set() if not done.cancelled() and done.exception() else None)
        ready()
        loops = [asyncio.create_task(loop.run(over)) for loop in (self._notices, self.fates, self._awaiting)]
        await over.wait()
        enough.set()
        try:
            async with asyncio.timeout(10.0):
                await asyncio.gather(self.gateway.stop(), outbox, *loops)
        except TimeoutError:
            _log.warning("some answers were not sent")
        await asyncio.gather(*(link.stop() for link in self._links))
        if self._partners:
            await self._partners.stop()
        # Reports come for as long as a link stands.
        await self._awaiting.write_down()
        await self.fates.write_down()

    async def _send_outbox(self, enough: threading.Event) -> None:
        """Tell agents and customers what the engine has for them, on the channels that the dispatcher leaves to this process."""
        if not self._told_by_us:
            return
        port = SmsPort(self.router, asyncio.get_running_loop())
        sender = self._engine.sender(dict.fromkeys(self._told_by_us, port))
        await asyncio.to_thread(self._tell, sender, enough)

    def _tell(self, sender: Outbox, enough: threading.Event) -> None:
        # Before a link is open, every message that waits would lose a try and ten seconds.
        while not any(link.ready for link in self._links):
            if enough.wait(_LINK_SECONDS):
                return
        sender.run(enough)


def keepers(engine: Engine, notices: NoticeBook) -> dict[Told, Keep]:
    """Where the fate of each kind of message is written down."""
    outbox, cards = engine.sender({}), CardWriter(engine.database)

    def of_answers(reports: Sequence[DeliveryReport], delivered: bool) -> None:
        cards.answered(reports, delivered, utc_now())

    def of_notices(reports: Sequence[DeliveryReport], delivered: bool) -> None:
        notices.reported(_ids(reports), NoticeState.DELIVERED if delivered else NoticeState.FAILED)

    def of_outbox(reports: Sequence[DeliveryReport], delivered: bool) -> None:
        outbox.reported(_ids(reports), MessageState.DELIVERED if delivered else MessageState.FAILED)

    return {Told.ANSWER: of_answers, Told.NOTICE: of_notices, Told.OUTBOX: of_outbox}


def _ids(reports: Sequence[DeliveryReport]) -> list[int]:
    return [int(report.reference) for report in reports]


def utc_now() -> datetime:
    """The machine's clock, aware."""
    return datetime.now(UTC)


def gate_rules(settings: Settings) -> GateRules:
    """How numbers look here."""
    return GateRules(country_code=settings.country_code, trunk_prefix=settings.trunk_prefix, longest_number=max(settings.number_lengths))


def carrier_of(engine: Engine) -> Callable[[str], str]:
    """The carrier code of a phone's number; empty for a number nobody has a range for, and while the database is away."""

    def carrier(number: str) -> str:
        try:
            return engine.recognise(number).carrier_code
        except (Refusal, SQLAlchemyError):
            return ""

    return carrier


def plain_orders(engine: Engine, configuration: Configuration, settings: Settings, rules: GateRules) -> PlainOrders:
    """The plain-text half."""
    reader = CardReader(engine.database)

    def has_card(numbers: Iterable[str]) -> set[str]:
        return set(reader.sights(numbers).cards)

    plain = PlainRules(
        lambda number: national(number, rules),
        lambda: settings.calendar.day_of(utc_now()),
        has_card,
        configuration.language,
        settings.minor_digits,
        settings.calendar.zone,
        utc_now,
    )
    return PlainOrders(engine, plain, configuration.commands, configuration.ussd.menu() if configuration.ussd else None)
