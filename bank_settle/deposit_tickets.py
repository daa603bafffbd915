"""Opens deposit tickets for channels, which know only the engine's door: which account they are for and how long they run."""

import logging
import os
from datetime import datetime
from pathlib import Path

from bank_settle.banks.matching import Ticket
from bank_settle.banks.tickets import NoAmountLeft, open_ticket
from bank_settle.configuration import BadConfiguration, Configuration, read_configuration
from recharge import Database, DepositTicket, NoAmountFree, NoDepositTickets

CONFIG = "KONGCHONG_SETTLE_CONFIG"
_log = logging.getLogger(__name__)


def provide(database: Database, party_code: str, wanted_minor: int, now: datetime) -> DepositTicket:
    """The provider of the entry point `kongchong.deposit_tickets`. Raises NoDepositTickets, NoAmountFree or BadAmount."""
    path = os.environ.get(CONFIG)
    if not path:
        raise NoDepositTickets(f"{CONFIG} is not set")
    try:
        configuration = read_configuration(Path(path))
    except BadConfiguration as error:
        _log.error("no deposit ticket can be opened: %s", error)
        raise NoDepositTickets(str(error)) from error
    ticket = ticket_for(configuration, database, party_code, wanted_minor, now)
    return DepositTicket(ticket.amount_minor, ticket.expires_at)


def ticket_for(configuration: Configuration, database: Database, party_code: str, wanted_minor: int, now: datetime) -> Ticket:
    """A party's ticket on the account that tickets are for. Raises NoDepositTickets (there is no account), NoAmountFree or BadAmount."""
    account = configuration.account_for_tickets
    if not account:
        raise NoDepositTickets("no bank account is configured")
    try:
        return open_ticket(database, account, party_code, wanted_minor, now, configuration.ticket_hours)
    except NoAmountLeft as error:
        raise NoAmountFree(str(error)) from error
