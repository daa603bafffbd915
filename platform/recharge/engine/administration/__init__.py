"""Every change of parties, people, endpoints, catalogue, links and secrets: by somebody who may, with its audit line."""

from recharge.books.database import Database
from recharge.books.ids import IdMaker
from recharge.clock import Clock
from recharge.engine.administration.banks import Banks
from recharge.engine.administration.catalogue import CatalogueDesk
from recharge.engine.administration.chips import Chips
from recharge.engine.administration.credentials import Credentials
from recharge.engine.administration.endpoints import Endpoints
from recharge.engine.administration.errors import AdministrationCode, AdministrationError
from recharge.engine.administration.links import Links, Route
from recharge.engine.administration.office import SHELL, Actor, Office
from recharge.engine.administration.parties import Parties
from recharge.engine.administration.people import People
from recharge.engine.administration.prices import Prices
from recharge.engine.administration.ranges import Ranges
from recharge.engine.administration.reply_book import ReplyBook
from recharge.engine.administration.secrets import Secrets
from recharge.engine.administration.stock import Stock
from recharge.keys.store import KeyStore

__all__ = ["SHELL", "Actor", "Administration", "AdministrationCode", "AdministrationError", "Route"]


class Administration:
    """The desks at which changes are made. Every change takes the Actor first and raises AdministrationError when it is refused."""

    def __init__(self, database: Database, ids: IdMaker, clock: Clock, keys: KeyStore) -> None:
        self.office = office = Office(database, ids, clock, keys)
        self.parties = Parties(office)
        self.people = People(office)
        self.endpoints = Endpoints(office)
        self.credentials = Credentials(office)
        self.catalogue = CatalogueDesk(office)
        self.prices = Prices(office)
        self.ranges = Ranges(office)
        self.links = Links(office)
        self.chips = Chips(office)
        self.secrets = Secrets(office)
        self.stock = Stock(office)
        self.banks = Banks(office)
        self.replies = ReplyBook(office)
