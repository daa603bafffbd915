"""The SMS channel's own tables: cards, key versions, counter windows, messages, security events, notices, reports awaited. No keys."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from recharge import ColumnKinds, metadata

_Moment, _Number, _Code = ColumnKinds.moment, ColumnKinds.number, ColumnKinds.code
_Iccid = String(20)

card = Table(
    "stk_card",
    metadata,
    Column("iccid", _Iccid, primary_key=True, comment="also the identity of its endpoint (kind stk_sim)"),
    Column("msisdn", String(20), nullable=True, unique=True, comment="national digits; none once the card is retired"),
    Column("key_set", _Code, nullable=False, comment="whose master keys: a province or an issuer"),
    Column("state", _Code, nullable=False, comment="active, blocked or retired"),
    Column("reason", String(80), nullable=False, comment="why it is blocked"),
    Column("language", _Code, nullable=False, comment="of replies to it"),
    Column("checksum_failures", Integer, nullable=False),
    Column("to_card_counter", BigInteger, nullable=False, comment="the last CNTR of a secured message to the card"),
    Column("issued_at", _Moment, nullable=False),
)

key_version = Table(
    "stk_key_version",
    metadata,
    Column("key_set", _Code, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="1 to 15, as in KIc and KID"),
    Column("algorithm", _Code, nullable=False, comment="aes, 3des2 or 3des3"),
    Column("state", _Code, nullable=False, comment="pending, active, retiring or dead"),
    Column("retire_at", _Moment, nullable=True, comment="when a retiring version is taken no more"),
    Column("created_at", _Moment, nullable=False),
)

counter = Table(
    "stk_counter",
    metadata,
    Column("iccid", _Iccid, primary_key=True),
    Column("key_version", Integer, primary_key=True, autoincrement=False),
    Column("high", BigInteger, nullable=False, comment="the highest counter taken"),
    Column("seen", LargeBinary(8), nullable=False, comment="bit i (from the right): counter high - i was taken"),
    Column("behind", BigInteger, nullable=False, comment="the highest unknown counter that came too old"),
    Column("behind_steps", Integer, nullable=False, comment="how often such counters rose: a second card counting"),
)

message = Table(
    "stk_message",
    metadata,
    Column("iccid", _Iccid, primary_key=True),
    Column("reference", String(24), primary_key=True, comment="key version and nonce, as in the engine's memory of requests"),
    Column("key_version", Integer, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("received_at", _Moment, nullable=False),
    Column("operation", Integer, nullable=False),
    Column("number", String(20), nullable=False, comment="the customer's, or the other side's"),
    Column("amount_minor", BigInteger, nullable=True),
    Column("outcome", _Code, nullable=False, comment="taken, or the engine's refusal"),
    Column("order_number", String(20), nullable=False),
    Column("answers", Integer, nullable=False, comment="how often it was answered"),
    Index(None, "received_at"),
    Index("ix_stk_message_card", "iccid", "received_at"),
)

event = Table(
    "stk_event",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("at", _Moment, nullable=False),
    Column("kind", _Code, nullable=False),
    Column("iccid", _Iccid, nullable=False, comment="empty where no card is known"),
    Column("msisdn", String(20), nullable=False),
    Column("status", Integer, nullable=False, comment="response status, TS 102 225"),
    Column("detail", Text, nullable=False, comment="field, position and reason; no octets of the message"),
    Index(None, "iccid", "at"),
    Index(None, "at"),
)

notice = Table(
    "stk_notice",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("msisdn", String(20), nullable=False, comment="national digits"),
    Column("text", Text, nullable=False, comment="what staff wrote; empty for a secured message"),
    Column("user_data", LargeBinary(140), nullable=False, comment="a secured message to the card, until it is out"),
    Column("state", _Code, nullable=False, comment="waiting, sent or failed"),
    Column("due_at", _Moment, nullable=True),
    Column("created_at", _Moment, nullable=False),
    Column("until", _Moment, nullable=False, comment="of no use later"),
    Index(None, "due_at"),
)

awaited = Table(
    "stk_awaited",
    metadata,
    Column("link", String(32), primary_key=True, comment="as the settings name it"),
    Column("message_id", String(64), primary_key=True, comment="the network's, without what is spelt differently in its reports"),
    Column("reference", String(80), nullable=False, comment="what the message was, and which one"),
    Column("recipient", String(20), nullable=False, comment="the phone's number, or its end"),
    Column("parts", Text, nullable=False, comment="ids of all parts of the message, by blanks"),
    Column("at", _Moment, nullable=False),
    Index(None, "at"),
)
