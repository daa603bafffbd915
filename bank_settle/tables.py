"""The close's own tables: days and their versions, files taken in, cases, bank lines, deposit tickets, payments, commission."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table, UniqueConstraint

from recharge import ColumnKinds, metadata

_Moment, _Number, _Facts, _Code = ColumnKinds.moment, ColumnKinds.number, ColumnKinds.facts, ColumnKinds.code
_Scope = String(48)

day = Table(
    "settle_day",
    metadata,
    Column("scope", _Scope, primary_key=True, comment="house, carrier:LINK or bank:ACCOUNT"),
    Column("day", Date, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="one more at each reopening"),
    Column("state", _Code, nullable=False, comment="the last step that is done"),
    Column("facts", _Facts, nullable=False, comment="JSON: what each step found and the SHA-256 of what it made"),
    Column("maker", _Code, nullable=False, comment="who signed as finance"),
    Column("checker", _Code, nullable=False, comment="who signed as manager, somebody else"),
    Column("closed_at", _Moment, nullable=True),
    Column("reason", String(200), nullable=False, comment="why this version was opened"),
)

lease = Table(
    "settle_lease",
    metadata,
    Column("scope", _Scope, primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", _Moment, nullable=False),
)

file = Table(
    "settle_file",
    metadata,
    Column("scope", _Scope, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False, comment="the newest counts; the older ones are kept"),
    Column("sha256", String(64), nullable=False),
    Column("profile", _Code, nullable=False),
    Column("name", String(200), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("facts", _Facts, nullable=False, comment="JSON: count and sums"),
    Column("received_at", _Moment, nullable=False),
    UniqueConstraint("scope", "day", "sha256"),
)

case = Table(
    "settle_case",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False, comment="follows from scope, day, kind and reference"),
    Column("scope", _Scope, nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("reference", String(64), nullable=False),
    Column("order_id", BigInteger, nullable=True),
    Column("party_code", _Code, nullable=False),
    Column("ours_minor", BigInteger, nullable=True),
    Column("theirs_minor", BigInteger, nullable=True),
    Column("effect_minor", BigInteger, nullable=False, comment="on us: positive long (长款), negative short (短款)"),
    Column("state", _Code, nullable=False, comment="suspect, open or resolved"),
    Column("owner", _Code, nullable=False),
    Column("resolution", _Code, nullable=False),
    Column("resolved_on", Date, nullable=True),
    Column("facts", _Facts, nullable=False, comment="JSON: what people need to judge it"),
    Index(None, "state"),
    Index(None, "scope", "day"),
    Index(None, "reference"),
)

action = Table(
    "settle_action",
    metadata,
    Column("case_id", _Number, primary_key=True, autoincrement=False),
    Column("action", _Code, primary_key=True),
    Column("engine_case", _Code, nullable=False, comment="the engine's case that carries it out; empty for what moves no money"),
    Column("state", _Code, nullable=False, comment="proposed, approved or rejected"),
    Column("maker", _Code, nullable=False),
    Column("checker", _Code, nullable=False),
    Column("note", String(200), nullable=False),
    Column("made_at", _Moment, nullable=False),
)

line = Table(
    "settle_bank_line",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False, comment="follows from the account and the line's identity"),
    Column("account", _Code, nullable=False),
    Column("day", Date, nullable=False),
    Column("position", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False, comment="positive: came in"),
    Column("balance_minor", BigInteger, nullable=True, comment="after the line, where the bank tells it"),
    Column("text", String(400), nullable=False),
    Column("payer_account", String(40), nullable=False),
    Column("payer_name", String(140), nullable=False),
    Column("virtual_account", String(40), nullable=False),
    Column("our_reference", String(64), nullable=False),
    Column("bank_reference", String(64), nullable=False),
    Column("state", _Code, nullable=False, comment="new, matched, suspense or explained"),
    Column("rule", _Code, nullable=False, comment="how it was matched"),
    Column("matched", String(64), nullable=False, comment="a party's code or a payment item"),
    Column("order_number", _Code, nullable=False),
    Index(None, "account", "day"),
    Index(None, "state"),
)

payer = Table(
    "settle_payer",
    metadata,
    Column("payer_account", String(40), primary_key=True),
    Column("party_code", _Code, nullable=False),
    Column("maker", _Code, nullable=False),
    Column("checker", _Code, nullable=False, comment="empty until a second person confirmed it"),
)

ticket = Table(
    "settle_ticket",
    metadata,
    Column("account", _Code, primary_key=True),
    Column("amount_minor", BigInteger, primary_key=True, autoincrement=False),
    Column("opened_at", _Moment, primary_key=True),
    Column("expires_at", _Moment, nullable=False),
    Column("party_code", _Code, nullable=False),
    Column("wanted_minor", BigInteger, nullable=False),
    Column("open_key", String(64), nullable=True, unique=True, comment="account and amount while it is open: one open ticket an amount"),
    Column("asked_key", String(80), nullable=True, comment="account, party and wanted amount while it runs: one ticket an asker"),
    Index(None, "asked_key", unique=True),
)

item = Table(
    "settle_payment",
    metadata,
    Column("id", _Code, primary_key=True, comment="also its EndToEndId"),
    Column("account", _Code, nullable=False),
    Column("party_code", _Code, nullable=False),
    Column("debited", String(40), nullable=False, comment="our account that pays"),
    Column("amount_minor", BigInteger, nullable=False),
    Column("payee_name", String(70), nullable=False),
    Column("payee_account", String(34), nullable=False),
    Column("payee_bank", String(12), nullable=False, comment="CNAPS code (联行号)"),
    Column("purpose", String(70), nullable=False),
    Column("state", _Code, nullable=False, comment="draft, approved, sent, accepted, booked; rejected, returning, returned"),
    Column("maker", _Code, nullable=False),
    Column("checker", _Code, nullable=False),
    Column("live_file", String(35), nullable=True, comment="the one file it may be in"),
    Column("reason", String(140), nullable=False, comment="what the bank said"),
    Index(None, "account", "state"),
    Index(None, "live_file"),
)

payment_file = Table(
    "settle_payment_file",
    metadata,
    Column("message_id", String(35), primary_key=True),
    Column("account", _Code, nullable=False),
    Column("day", Date, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("format", _Code, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", _Code, nullable=False, comment="sent, accepted, partly or rejected"),
    Column("made_at", _Moment, nullable=False),
    UniqueConstraint("account", "day", "sequence"),
)

commission = Table(
    "settle_commission",
    metadata,
    Column("day", Date, primary_key=True),
    Column("party_code", _Code, primary_key=True),
    Column("rules", String(64), nullable=False, comment="SHA-256 of the rules in force"),
    Column("amount_minor", BigInteger, nullable=False, comment="negative: taken back"),
    Column("remainder_millionths", BigInteger, nullable=False, comment="of a minor unit: what rounding left for the house"),
    Column("order_number", _Code, nullable=False),
)
