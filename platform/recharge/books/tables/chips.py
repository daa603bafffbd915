"""Dealer chips in modems: the cards with their stock as last told, what was sent through each, and every text each brought."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from recharge.books.tables.metadata import Code, Digest, Facts, Id, Minor, UtcMoment, id_column, metadata

chip = Table(
    "chip",
    metadata,
    Column("iccid", String(20), primary_key=True),
    Column("link_code", String(24), nullable=False),
    Column("slot", String(120), nullable=False, comment="where it belongs: where it was first seen, or where a person put it"),
    Column("seen_in", String(120), nullable=False, comment="where it is now; '' while it is nowhere"),
    Column("imei", String(16), nullable=False),
    Column("state", Code, nullable=False, comment="ready, away, held, paused or quarantined"),
    Column("reason", String(80), nullable=False),
    Column("pin_tried", Boolean, nullable=False, comment="the SIM's PIN was tried and not yet known to be right"),
    Column("strength", Integer, nullable=True, comment="AT+CSQ: 0 to 31, 99 not known"),
    Column("told", Facts, nullable=False, comment="JSON: what the operator last told, minor units under 0 or pieces by face value"),
    Column("told_at", UtcMoment, nullable=True),
    Column("changed_at", UtcMoment, nullable=False),
)

chip_order = Table(
    "chip_order",
    metadata,
    Column("attempt_id", Id, primary_key=True, autoincrement=False),
    Column("iccid", String(20), nullable=False),
    Column("number", String(16), nullable=False),
    Column("face_minor", Minor, nullable=False),
    Column("charge_minor", Minor, nullable=False, comment="what we expect the chip to pay, or what it was told to have paid"),
    Column("state", Code, nullable=False, comment="an outcome's state, or sending"),
    Column("serial_number", String(40), nullable=True),
    Column("sent_at", UtcMoment, nullable=False),
    Column("ended_at", UtcMoment, nullable=True),
    Column("code", String(32), nullable=False),
    Column("handed_on", Boolean, nullable=False, comment="whether the dispatcher has taken the outcome into the books"),
    # One serial number proves one order: a repeated text proves nothing of another.
    UniqueConstraint("iccid", "serial_number"),
    Index(None, "iccid", "state"),
    Index(None, "iccid", "sent_at"),
)

chip_message = Table(
    "chip_message",
    metadata,
    id_column(),
    Column("iccid", String(20), nullable=False),
    Column("channel", Code, nullable=False, comment="sms, ussd or stk"),
    Column("sender", String(32), nullable=False),
    Column("text", Facts, nullable=False),
    Column("part", String(24), nullable=False, comment="'reference/number/count' of one part of a long message, else ''"),
    Column("digest", Digest, nullable=False, comment="of the message as the card held it: one that is read twice is kept once"),
    Column("attempt_id", Id, nullable=True, comment="whose reply it is, where that is known"),
    Column("meaning", Code, nullable=False, comment="as the rules read it; '' while unread"),
    Column("received_at", UtcMoment, nullable=False),
    UniqueConstraint("iccid", "digest"),
    Index(None, "iccid", "received_at"),
)
