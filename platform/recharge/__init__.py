"""Kongchong's recharge engine: what this module names is the door for channels and settlement; nothing deeper is for them."""

from recharge.books.database import Database
from recharge.books.seals import EarlierDayOpen, LaterDayClosed
from recharge.books.seals import Overtaken as ChainOvertaken
from recharge.books.statements import AnyRow, Change, Read, marks
from recharge.books.tables.metadata import ColumnKinds, metadata
from recharge.bootstrap import open_engine
from recharge.carrier_desk import CarrierDesk, open_carrier_desk
from recharge.channel import BadConfiguration, ConfigurationPart, announce, read_configuration_file, run_channel, told_to_stop
from recharge.clock import BusinessCalendar, Clock, SystemClock, stored
from recharge.deposit_tickets import DepositTicket, NoAmountFree, NoDepositTickets, TooManyTickets, open_deposit_ticket
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.money import BadAmount, format_amount, parse_amount
from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.outcomes import OutcomeState
from recharge.domain.parties import Endpoint, Party, Person, Role
from recharge.domain.replies import OrderView, RecapLine, Remembered, Reply
from recharge.domain.requests import (
    Balance,
    BillPayment,
    Booking,
    ChangePassword,
    Channel,
    CommissionToDeposit,
    Complaint,
    Credential,
    DayRecap,
    DecideCase,
    Deposit,
    EndpointKind,
    LastOrder,
    LatestOrders,
    Operation,
    OrderEnquiry,
    Origin,
    ProposeAdjudication,
    ProposeAdjustment,
    Recharge,
    Request,
    ResetPassword,
    Reverse,
    ReverseTransfer,
    ServicePassword,
    SignedIn,
    Transfer,
    Void,
)
from recharge.engine.beside import Beside
from recharge.engine.committer import Withdrawn
from recharge.engine.day_books import AccountFact, AttemptFact, ChargeFact, DayBooks, HandFact, Movement, OpenOrder, PartyFact, SaleFact
from recharge.engine.door import Engine, Recognised
from recharge.keys.store import CannotUnwrap, KeyStore
from recharge.outbox.port import Message, MessageState, SenderPort, SendResult
from recharge.outbox.sender import Sender
from recharge.settings import Settings, SettingsError, load_settings
from recharge.shell import Shell, open_shell
from recharge.suppliers.contract import CannotTell, StatementKind, StatementLine, StatementNotReady
from recharge.terminal_batches import BatchLine, BatchProvider, BatchTotals, TerminalBatch, TerminalItem, batch_provider
from recharge.texts import Catalogue, Worded, explain, failure_text, kind_text, language_of, lazy_gettext, message_text, state_text

__all__ = [
    "AccountFact",
    "AnyRow",
    "AttemptFact",
    "BadAmount",
    "BadConfiguration",
    "Balance",
    "BatchLine",
    "BatchProvider",
    "BatchTotals",
    "Beside",
    "BillPayment",
    "Booking",
    "BusinessCalendar",
    "CannotTell",
    "CannotUnwrap",
    "CarrierDesk",
    "Catalogue",
    "ChainOvertaken",
    "Change",
    "ChangePassword",
    "Channel",
    "ChargeFact",
    "Clock",
    "ColumnKinds",
    "CommissionToDeposit",
    "Complaint",
    "ConfigurationPart",
    "Credential",
    "Database",
    "DayBooks",
    "DayRecap",
    "DecideCase",
    "Deposit",
    "DepositTicket",
    "EarlierDayOpen",
    "Endpoint",
    "EndpointKind",
    "Engine",
    "HandFact",
    "KeyStore",
    "LastOrder",
    "LaterDayClosed",
    "LatestOrders",
    "Message",
    "MessageState",
    "Movement",
    "NoAmountFree",
    "NoDepositTickets",
    "OpenOrder",
    "Operation",
    "OrderEnquiry",
    "OrderKind",
    "OrderState",
    "OrderView",
    "Origin",
    "OutcomeState",
    "Party",
    "PartyFact",
    "Person",
    "ProposeAdjudication",
    "ProposeAdjustment",
    "Read",
    "RecapLine",
    "Recharge",
    "Recognised",
    "Refusal",
    "RefusalCode",
    "Remembered",
    "Reply",
    "Request",
    "ResetPassword",
    "Reverse",
    "ReverseTransfer",
    "Role",
    "SaleFact",
    "SendResult",
    "Sender",
    "SenderPort",
    "ServicePassword",
    "Settings",
    "SettingsError",
    "Shell",
    "SignedIn",
    "StatementKind",
    "StatementLine",
    "StatementNotReady",
    "SystemClock",
    "TerminalBatch",
    "TerminalItem",
    "TooManyTickets",
    "Transfer",
    "Void",
    "Withdrawn",
    "Worded",
    "announce",
    "batch_provider",
    "explain",
    "failure_text",
    "format_amount",
    "kind_text",
    "language_of",
    "lazy_gettext",
    "load_settings",
    "marks",
    "message_text",
    "metadata",
    "open_carrier_desk",
    "open_deposit_ticket",
    "open_engine",
    "open_shell",
    "parse_amount",
    "read_configuration_file",
    "run_channel",
    "state_text",
    "stored",
    "told_to_stop",
]
