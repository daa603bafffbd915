"""What the chip links read and write: each call is one short transaction of its own, kept when it returns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import IntegrityError

from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.books.reply_statements import settle_text
from recharge.books.tables.chips import chip, chip_message, chip_order
from recharge.books.tables.suppliers import attempt
from recharge.domain.outcomes import OutcomeState
from recharge.domain.reply_patterns import squeezed

SENDING = "sending"
OPEN = (SENDING, OutcomeState.UNKNOWN.value, OutcomeState.ACCEPTED.value)
STOCK_GAP, BY_ENGINE = "stock_gap", "engine"
# How an order stands whose answer no rule could read, and one that the modem has sent and nobody has answered.
NO_RULE, HANDED_OVER = "no_rule", "cmgs"
_UNPROVED = (STOCK_GAP, BY_ENGINE)
_ENDS = {"succeeded": OutcomeState.SUCCESS, "failed": OutcomeState.FAILED, "not_sent": OutcomeState.NOT_SENT}
READY, AWAY, HELD, PAUSED, QUARANTINED = "ready", "away", "held", "paused", "quarantined"


@dataclass(frozen=True, slots=True)
class ChipRow:
    """A chip as it stands. `told` is what the operator said and when: minor units under the key 0, or pieces by face value."""

    iccid: str
    link_code: str
    slot: str
    seen_in: str
    imei: str
    state: str
    reason: str
    pin_tried: bool
    strength: int | None
    told: Mapping[int, tuple[int, datetime]]
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChipOrder:
    """One order sent through a chip. Amounts in minor units; `state` is an outcome's, or SENDING."""

    attempt_id: int
    number: str
    face_minor: int
    charge_minor: int
    state: str
    sent_at: datetime
    serial_number: str = ""
    ended_at: datetime | None = None
    code: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet how it ended."""
        return self.state in OPEN

    @property
    def is_unanswered(self) -> bool:
        """Whether it is open without a word of the operator's that one can read, or one that says it does not know."""
        return self.state == OutcomeState.UNKNOWN.value or (self.state == OutcomeState.ACCEPTED.value and self.code == HANDED_OVER)

    @property
    def is_unproved(self) -> bool:
        """Whether it ended without a word of the operator's, whose text about it may still come and must not be taken for another's."""
        return not self.is_open and not self.serial_number and self.code in _UNPROVED


@dataclass(frozen=True, slots=True)
class ChipText:
    """One text from a chip's operator. `held` is the message as the card held it, `part` (reference, number, count) of a long one."""

    channel: str
    sender: str
    text: str = field(repr=False)
    held: str = field(repr=False)
    received_at: datetime
    part: tuple[int, int, int] | None = None


class ChipBook:
    """The statements, for one database. Raises DatabaseBusy or DBAPIError; then nothing was kept."""

    def __init__(self, database: Database, ids: IdMaker) -> None:
        self._database, self._ids = database, ids

    def chip(self, iccid: str) -> ChipRow | None:
        """A chip by its ICCID."""
        with self._database.read() as connection:
            row = connection.execute(select(chip).where(chip.c.iccid == iccid)).first()
        return None if row is None else _chip(row)

    def all_chips(self) -> list[ChipRow]:
        """Every chip, by link."""
        with self._database.read() as connection:
            return read_chips(connection)

    def make_chip(self, iccid: str, link_code: str, now: datetime) -> ChipRow:
        """The chip's row, made if there is none; the link's code is brought up to date."""

        def work(connection: Connection) -> None:
            mine = chip.c.iccid == iccid
            if connection.execute(chip.update().where(mine).values(link_code=link_code)).rowcount == 0:
                empty = {"slot": "", "seen_in": "", "imei": "", "reason": "", "pin_tried": False, "strength": None}
                connection.execute(
                    chip.insert().values(iccid=iccid, link_code=link_code, state=AWAY, told="{}", told_at=None, changed_at=now, **empty)
                )

        self._database.retrying(work)
        found = self.chip(iccid)
        assert found is not None
        return found

    def change_chip(self, iccid: str, now: datetime, **values: Any) -> None:
        """Set columns of a chip; `told` as a mapping."""
        if "told" in values:
            values["told"] = json.dumps({str(face): (count, at.isoformat()) for face, (count, at) in values["told"].items()})
        self._database.retrying(
            lambda connection: connection.execute(chip.update().where(chip.c.iccid == iccid).values(changed_at=now, **values))
        )

    def begin(self, iccid: str, order: ChipOrder) -> None:
        """Write an order down before its first byte leaves."""
        row = {
            "attempt_id": order.attempt_id,
            "iccid": iccid,
            "number": order.number,
            "face_minor": order.face_minor,
            "charge_minor": order.charge_minor,
            "state": SENDING,
            "serial_number": None,
            "sent_at": order.sent_at,
            "ended_at": None,
            "code": "",
            "handed_on": False,
        }
        self._database.retrying(lambda connection: connection.execute(chip_order.insert().values(**row)))

    def settle(
        self, attempt_id: int, state: OutcomeState, now: datetime, code: str, serial_number: str = "", charge_minor: int | None = None
    ) -> bool:
        """Set how an order stands; one that succeeded or failed keeps what it has. False: the serial number proves another order."""
        values: dict[str, Any] = {"state": state.value, "code": code[:32], "ended_at": None if state.value in OPEN else now}
        values |= {"handed_on": False}
        values |= {"serial_number": serial_number[:40]} if serial_number else {}
        values |= {"charge_minor": charge_minor} if charge_minor is not None else {}
        mine = (chip_order.c.attempt_id == attempt_id) & chip_order.c.state.in_(OPEN)
        try:
            self._database.retrying(lambda connection: connection.execute(chip_order.update().where(mine).values(**values)))
        except IntegrityError:
            return False
        return True

    def prove(self, attempt_id: int, serial_number: str) -> bool:
        """The operator's own word about an unproved order came after all. False: the serial number proves another order."""
        mine = (chip_order.c.attempt_id == attempt_id) & chip_order.c.serial_number.is_(None)
        values = {"serial_number": serial_number[:40]}
        try:
            self._database.retrying(lambda connection: connection.execute(chip_order.update().where(mine).values(**values)))
        except IntegrityError:
            return False
        return True

    def hand_on(self, attempt_id: int) -> None:
        """The dispatcher has the outcome in its books."""
        mine = chip_order.c.attempt_id == attempt_id
        self._database.retrying(lambda connection: connection.execute(chip_order.update().where(mine).values(handed_on=True)))

    def order(self, attempt_id: int) -> ChipOrder | None:
        """An order by the attempt it belongs to."""
        with self._database.read() as connection:
            row = connection.execute(select(chip_order).where(chip_order.c.attempt_id == attempt_id)).first()
        return None if row is None else _order(row)

    def orders(self, iccid: str, since: datetime) -> list[ChipOrder]:
        """Orders of a chip sent since then, and all open and all unproved ones, oldest first."""
        unproved = chip_order.c.code.in_(_UNPROVED) & chip_order.c.serial_number.is_(None)
        wanted = (chip_order.c.iccid == iccid) & ((chip_order.c.sent_at >= since) | chip_order.c.state.in_(OPEN) | unproved)
        with self._database.read() as connection:
            return [_order(row) for row in connection.execute(select(chip_order).where(wanted).order_by(chip_order.c.sent_at))]

    def not_handed_on(self, iccid: str) -> list[ChipOrder]:
        """Ended orders whose end the dispatcher may not have heard."""
        wanted = (chip_order.c.iccid == iccid) & chip_order.c.handed_on.is_(False) & chip_order.c.state.not_in(OPEN)
        with self._database.read() as connection:
            return [_order(row) for row in connection.execute(select(chip_order).where(wanted))]

    def recover(self, iccid: str) -> None:
        """A process died while it sent: what it had sent is unknown."""
        mine = (chip_order.c.iccid == iccid) & (chip_order.c.state == SENDING)
        values = {"state": OutcomeState.UNKNOWN.value, "code": "recovered"}
        self._database.retrying(lambda connection: connection.execute(chip_order.update().where(mine).values(**values)))

    def ended_elsewhere(self, attempt_ids: Sequence[int]) -> dict[int, OutcomeState]:
        """Those of the attempts that the engine has ended by other evidence, or by two people, and how."""
        wanted = select(attempt.c.id, attempt.c.state).where(attempt.c.id.in_(attempt_ids) & attempt.c.state.in_(list(_ENDS)))
        with self._database.read() as connection:
            return {row.id: _ENDS[row.state] for row in connection.execute(wanted)}

    def proves(self, iccid: str, serial_number: str) -> int | None:
        """The attempt a serial number has already proved."""
        wanted = (chip_order.c.iccid == iccid) & (chip_order.c.serial_number == serial_number)
        with self._database.read() as connection:
            return connection.execute(select(chip_order.c.attempt_id).where(wanted)).scalar()

    def keep_text(self, iccid: str, told: ChipText) -> int | None:
        """Keep a text; its id, None for one that was kept before."""
        digest = sha256(told.held.encode()).digest()

        def work(connection: Connection) -> int | None:
            same = (chip_message.c.iccid == iccid) & (chip_message.c.digest == digest)
            if connection.execute(select(chip_message.c.id).where(same)).first() is not None:
                return None
            made = self._ids.next()
            part = "/".join(map(str, told.part)) if told.part else ""
            row = {"id": made, "iccid": iccid, "channel": told.channel, "sender": told.sender[:32], "text": told.text, "part": part}
            connection.execute(
                chip_message.insert().values(**row, digest=digest, attempt_id=None, meaning="", received_at=told.received_at)
            )
            return made

        return self._database.retrying(work)

    def note_text(self, text_id: int, meaning: str, attempt_id: int | None) -> None:
        """Write down what a text turned out to say."""
        values = {"meaning": meaning, "attempt_id": attempt_id}
        mine = chip_message.c.id == text_id
        self._database.retrying(lambda connection: connection.execute(chip_message.update().where(mine).values(**values)))

    def is_placed(self, text_id: int) -> bool:
        """Whether a text was found to speak of an order."""
        with self._database.read() as connection:
            return connection.execute(select(chip_message.c.attempt_id).where(chip_message.c.id == text_id)).scalar() is not None

    def settle_miss(self, link_code: str, text: str, now: datetime, rule_code: str) -> None:
        """A text that people were shown was brought to its order."""
        self._database.retrying(lambda connection: settle_text(connection, link_code, squeezed(text), now, rule_code))

    def parts(self, iccid: str, sender: str, reference: int, count: int, since: datetime) -> dict[int, str]:
        """The parts of a long message that have come since then, by number."""
        same = (chip_message.c.iccid == iccid) & (chip_message.c.sender == sender) & (chip_message.c.received_at >= since)
        wanted = select(chip_message.c.part, chip_message.c.text).where(same & chip_message.c.part.like(f"{reference}/%/{count}"))
        with self._database.read() as connection:
            return {int(row.part.split("/")[1]): row.text for row in connection.execute(wanted)}

    def unread_texts(self, iccid: str, since: datetime) -> Sequence[Row[Any]]:
        """Whole texts since then that nobody has read yet: a process died between keeping and reading them, or no rule read them."""
        wanted = (chip_message.c.iccid == iccid) & (chip_message.c.meaning == "") & (chip_message.c.received_at >= since)
        with self._database.read() as connection:
            return connection.execute(select(chip_message).where(wanted).order_by(chip_message.c.id)).all()


def read_chips(connection: Connection) -> list[ChipRow]:
    """Every chip, by link."""
    return [_chip(row) for row in connection.execute(select(chip).order_by(chip.c.link_code, chip.c.iccid))]


def _chip(row: Row[Any]) -> ChipRow:
    told = {int(face): (int(count), datetime.fromisoformat(at)) for face, (count, at) in json.loads(row.told).items()}
    values = {name: getattr(row, name) for name in ("iccid", "link_code", "slot", "seen_in", "imei", "state", "reason", "pin_tried")}
    return ChipRow(**values, strength=row.strength, told=told, told_at=row.told_at)


def _order(row: Row[Any]) -> ChipOrder:
    return ChipOrder(
        row.attempt_id,
        row.number,
        row.face_minor,
        row.charge_minor,
        row.state,
        row.sent_at,
        row.serial_number or "",
        row.ended_at,
        row.code,
    )
