"""All tables of the engine, on one MetaData. Importing this package is what makes the metadata complete."""

from recharge.books.tables import catalogue, chips, control, ledger, messages, orders, parties, replies, suppliers
from recharge.books.tables.metadata import metadata

__all__ = ["catalogue", "chips", "control", "ledger", "messages", "metadata", "orders", "parties", "replies", "suppliers"]
