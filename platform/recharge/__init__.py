"""Kongchong's recharge engine: what this module names is the door for channels and settlement; nothing deeper is for them."""

from recharge.books.tables.metadata import metadata

__all__ = ["metadata"]
