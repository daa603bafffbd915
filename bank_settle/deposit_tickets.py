"""Opens deposit tickets for channels, which know only the engine's door: which account they are for and how long they run."""

import logging
import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bank_settle.banks import reference
from bank_settle.banks.matching import Ticket
from bank_settle.banks.tickets import NoAmountLeft, TicketRules, open_ticket
from bank_settle.configuration import BadConfiguration, Configuration, read_configuration
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say
from recharge import Database, DepositTicket, NoAmountFree, NoDepositTickets, format_amount

CONFIG = "KONGCHONG_SETTLE_CONFIG"
TICKET = _("{party}须在{until}前转账{amount}元，一分不差。")
NO_TICKET_ACCOUNT, NO_AMOUNT = _("没有配置收款账户，不能预约转账金额。"), _("这个金额附近已经约满，请换一个金额。")
ENOUGH_TICKETS = _("这个代理商的预约已满，请先等转账到账，或等预约过期。")
_log = logging.getLogger(__name__)


def provide(database: Database, party_code: str, wanted_minor: int, now: datetime) -> DepositTicket:
    """The provider of the entry point `kongchong.deposit_tickets`. Raises NoDepositTickets, NoAmountFree, TooManyTickets or BadAmount."""
    path = os.environ.get(CONFIG)
    if not path:
        raise NoDepositTickets(f"{CONFIG} is not set")
    try:
        configuration = read_configuration(Path(path))
    except BadConfiguration as error:
        _log.error("no deposit ticket can be opened: %s", error)
        raise NoDepositTickets(str(error)) from error
    ticket = ticket_for(configuration, database, party_code, wanted_minor, now)
    bank = configuration.bank(f"bank:{configuration.account_for_tickets}")
    return DepositTicket(ticket.amount_minor, ticket.expires_at, bank.name, bank.number, bank.bank_code, _reference(party_code))


def _reference(party_code: str) -> str:
    """What the party may write on the transfer; "" for one whose code cannot stand in a reference."""
    try:
        return reference.make(party_code)
    except ValueError:
        return ""


def ticket_for(configuration: Configuration, database: Database, party_code: str, wanted_minor: int, now: datetime) -> Ticket:
    """A party's ticket on the account that tickets are for. Raises NoDepositTickets (there is no account), NoAmountFree,
    TooManyTickets or BadAmount."""
    account = configuration.account_for_tickets
    if not account:
        raise NoDepositTickets("no bank account is configured")
    try:
        rules = TicketRules(configuration.ticket_hours, configuration.tickets_a_party)
        return open_ticket(database, account, party_code, wanted_minor, now, rules)
    except NoAmountLeft as error:
        raise NoAmountFree(str(error)) from error


def ticket_text(ticket: Ticket, zone: ZoneInfo, minor_digits: int, language: str | None) -> str:
    """A ticket in one sentence, for who opened it for somebody else."""
    until = f"{ticket.expires_at.astimezone(zone):%Y-%m-%d %H:%M}"
    amount = format_amount(ticket.amount_minor, minor_digits)
    return say(TICKET, language, {"party": ticket.party_code, "until": until, "amount": amount})
