"""How texts of chips and partner servers are read: the rules, and the texts that none could read."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from recharge.books.tables.metadata import Code, Facts, Id, ShortDigest, UtcMoment, id_column, metadata

reply_rule = Table(
    "reply_rule",
    metadata,
    id_column(),
    Column("code", Code, nullable=False),
    Column("link_code", String(24), nullable=False, comment="'' for every link"),
    Column("channel", Code, nullable=False, comment="sms, ussd, stk, http, callback; '' for any"),
    Column("sender", String(32), nullable=False, comment="'' for any"),
    Column("ordinal", Integer, nullable=False, comment="lower is tried first"),
    Column("pattern", String(500), nullable=False),
    Column("meaning", Code, nullable=False),
    Column("decimal_sign", String(1), nullable=False, comment=". or , or '' where amounts have no fraction"),
    Column("samples", Facts, nullable=False, comment="JSON: texts it must match, and no other rule may"),
    Column("origin", Code, nullable=False, comment="real, synthetic, or local: made here from a text"),
    Column("valid_from", UtcMoment, nullable=False),
    Column("retired_at", UtcMoment, nullable=True),
    UniqueConstraint("code"),
)

reply_miss = Table(
    "reply_miss",
    metadata,
    id_column(),
    Column("link_code", String(24), nullable=False),
    Column("channel", Code, nullable=False),
    Column("sender", String(32), nullable=False),
    Column("text", Facts, nullable=False, comment="as it came, blanks squeezed: the person who makes a rule must see it whole"),
    Column("shape", ShortDigest, nullable=False, comment="of the text without its digits: texts of one wording share it"),
    Column("why", Code, nullable=False, comment="no_rule, contradiction or unreadable"),
    Column("attempt_id", Id, nullable=True, comment="whose reply it is, where that is known"),
    Column("received_at", UtcMoment, nullable=False),
    Column("settled_at", UtcMoment, nullable=True, comment="when a rule was made of it, or a person put it away"),
    Column("rule_code", String(24), nullable=False, comment="the rule that reads it now; '' while none does"),
    Index(None, "settled_at", "shape"),
)
