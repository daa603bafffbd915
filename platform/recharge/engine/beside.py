"""What a channel keeps in tables of its own, in the transaction of its requests."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection

from recharge.books.statements import Change, Read
from recharge.domain.replies import Reply
from recharge.domain.requests import Request

Write: TypeAlias = Callable[[Connection, Sequence[Reply], Sequence[Any]], Sequence[Change]]
"""Told the replies before they are kept, and what was found, gives the changes that go down with them; what is rare it may write itself.

A transaction may be run more than once, and this with it: it keeps nothing but what it is told last. Raises Withdrawn where nothing of the
group is to be kept.
"""


class Beside(NamedTuple):
    """`reads` are asked when everything the requests need is locked; what they lock in turn stays locked until the commit.

    Requests that the channel takes for `new` are not looked up in the memory of requests: where one was answered before after all, its
    key is taken there, and the transaction is run again with a look.
    """

    reads: Sequence[Read[Any]]
    write: Write
    new: bool = False


class Accompanied(NamedTuple):
    """The last of a group of so many requests, and what its channel keeps beside them."""

    request: Request
    requests: int
    beside: Beside
