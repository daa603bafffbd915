"""The channel's own tables: terminals and their wrapped keys, batches and what was found different in them, reversals to finish.

What was sold stands in the engine's books alone; `pos_message` is for people to read and decides nothing.
"""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from recharge import ColumnKinds, metadata

_Moment, _Number, _Code = ColumnKinds.moment, ColumnKinds.number, ColumnKinds.code
_Terminal = String(8)
_Wrapped = LargeBinary(250)

terminal = Table(
    "pos_terminal",
    metadata,
    Column("terminal", _Terminal, primary_key=True, comment="F41, also the identity of its endpoint (kind pos_terminal)"),
    Column("merchant", String(15), nullable=False, comment="F42 without the blanks behind it"),
    Column("profile", _Code, nullable=False, comment="own, cup or x99"),
    Column("timeout_policy", _Code, nullable=False, comment="confirm or reversal"),
    Column("state", _Code, nullable=False, comment="active or blocked"),
    Column("reason", String(80), nullable=False, comment="why it is blocked"),
    Column("serial", String(60), nullable=False, comment="what it must sign in with; empty: anything"),
    Column("line", String(16), nullable=False, comment="the telephone line it must call from; empty: any"),
    Column("master", _Wrapped, nullable=True, comment="TMK; none until two people have loaded it"),
    Column("master_version", Integer, nullable=False),
    Column("pin_key", _Wrapped, nullable=True, comment="PIK of the present sign-in"),
    Column("mac_key", _Wrapped, nullable=True),
    Column("track_key", _Wrapped, nullable=True),
    Column("work_version", Integer, nullable=False, comment="one more at each sign-in"),
    Column("sign_in_trace", Integer, nullable=True, comment="of the present sign-in: the same message again gets the same answer"),
    Column("sign_in_keys", LargeBinary(84), nullable=True, comment="F62 of its answer, all of it under the TMK"),
    Column("signed_in_at", _Moment, nullable=True),
    Column("sign_in_wanted", Boolean(create_constraint=False), nullable=False, comment="staff wants it to sign in again"),
    Column("batch", Integer, nullable=False, comment="the newest batch number given out; 0 before the first"),
    Column("parameters", Integer, nullable=False, comment="the version of parameters it has said it has"),
    Column("status", String(64), nullable=False, comment="the last status it told"),
    Column("seen_at", _Moment, nullable=True, comment="to within some minutes"),
    Column("registered_at", _Moment, nullable=False),
)

component = Table(
    "pos_key_component",
    metadata,
    Column("owner", String(24), primary_key=True, comment="a terminal, or the name of a protection key"),
    Column("use", _Code, primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", _Wrapped, nullable=False),
    Column("check_value", String(8), nullable=False),
    Column("person", String(24), nullable=False, comment="who brought it: every component another person"),
    Column("at", _Moment, nullable=False),
)

protection_key = Table(
    "pos_protection_key",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("wrapped", _Wrapped, nullable=False),
    Column("at", _Moment, nullable=False),
)

batch = Table(
    "pos_batch",
    metadata,
    Column("terminal", _Terminal, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", _Code, nullable=False, comment="open, uploading or closed"),
    Column("ended_by", _Code, nullable=False, comment="empty, balanced, uploaded or cut_over"),
    Column("opened_at", _Moment, nullable=False),
    Column("opened_on", Date, nullable=False, comment="business day"),
    Column("closed_at", _Moment, nullable=True),
    Column("host_debit_minor", BigInteger, nullable=True),
    Column("host_debit_count", Integer, nullable=True),
    Column("host_credit_minor", BigInteger, nullable=True),
    Column("host_credit_count", Integer, nullable=True),
    Column("terminal_debit_minor", BigInteger, nullable=True, comment="none where the terminal never settled"),
    Column("terminal_debit_count", Integer, nullable=True),
    Column("terminal_credit_minor", BigInteger, nullable=True),
    Column("terminal_credit_count", Integer, nullable=True),
    Index(None, "state", "opened_on"),
)

upload = Table(
    "pos_upload",
    metadata,
    Column("terminal", _Terminal, primary_key=True),
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("trace", Integer, primary_key=True, autoincrement=False),
    Column("number", String(20), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
)

difference = Table(
    "pos_difference",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("terminal", _Terminal, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("trace", Integer, nullable=False),
    Column("kind", _Code, nullable=False, comment="host_only, terminal_only, amount, in_hand, failed_later, reversed_later"),
    Column("number", String(20), nullable=False),
    Column("host_minor", BigInteger, nullable=True),
    Column("terminal_minor", BigInteger, nullable=True),
    Column("order_number", String(20), nullable=False),
    Column("found_at", _Moment, nullable=False),
    Column("cleared_at", _Moment, nullable=True),
    Column("note", String(160), nullable=False, comment="what finance did about it"),
    UniqueConstraint("terminal", "batch", "trace"),
    Index(None, "cleared_at"),
)

reversal = Table(
    "pos_reversal",
    metadata,
    Column("terminal", _Terminal, primary_key=True),
    Column("reference", String(16), primary_key=True, comment="batch and trace of what is to be taken back"),
    Column("order_number", String(20), nullable=False),
    Column("state", _Code, nullable=False, comment="asked, done or refused"),
    Column("asked_at", _Moment, nullable=False),
    Index(None, "state", "asked_at"),
)

message = Table(
    "pos_message",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("at", _Moment, nullable=False),
    Column("terminal", _Terminal, nullable=False),
    Column("peer", String(64), nullable=False, comment="address and, through a concentrator, the calling line"),
    Column("kind", _Code, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("trace", Integer, nullable=False),
    Column("number", String(20), nullable=False),
    Column("amount_minor", BigInteger, nullable=True),
    Column("code", String(2), nullable=False, comment="F39 of the answer; empty where there was none"),
    Column("order_number", String(20), nullable=False),
    Index(None, "terminal", "at"),
    Index(None, "at"),
)

event = Table(
    "pos_event",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("at", _Moment, nullable=False),
    Column("terminal", _Terminal, nullable=False, comment="empty where none is known"),
    Column("kind", _Code, nullable=False),
    Column("peer", String(64), nullable=False),
    Column("detail", String(160), nullable=False, comment="field, position and reason, or who did it; no octets of the message"),
    Index(None, "terminal", "at"),
    Index(None, "at"),
)

OWN_TABLES = (terminal, component, protection_key, batch, upload, difference, reversal, message, event)
