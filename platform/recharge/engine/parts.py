"""The parts every use case works with, put together once in bootstrap."""

from dataclasses import dataclass, field

from recharge.books.database import Database
from recharge.books.directory import Directory
from recharge.books.ids import IdMaker
from recharge.clock import BusinessCalendar, Clock
from recharge.domain.numbers import NumberingPlan
from recharge.domain.passwords import TryRules
from recharge.domain.posting_rules import House
from recharge.domain.rules import GuardRules, ReversalRules, SalesHours, TransferRules
from recharge.keys.store import KeyStore


@dataclass(frozen=True, slots=True)
class Rules:
    """What a deployment has set for taking requests in."""

    numbering: NumberingPlan = field(default_factory=NumberingPlan)
    tries: TryRules = field(default_factory=TryRules)
    reversal: ReversalRules = field(default_factory=ReversalRules)
    transfer: TransferRules = field(default_factory=TransferRules)
    guard: GuardRules = field(default_factory=GuardRules)
    hours: SalesHours = field(default_factory=SalesHours)
    minor_digits: int = 2


@dataclass(frozen=True, slots=True)
class Parts:
    """Database, time, ids, keys, rules and the directory of one process."""

    database: Database
    clock: Clock
    calendar: BusinessCalendar
    ids: IdMaker
    keys: KeyStore
    rules: Rules
    house: House
    directory: Directory
