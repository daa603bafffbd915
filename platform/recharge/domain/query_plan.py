"""When an order whose outcome is open is looked at again: often at first, then hourly, then once a day, and never given up."""

from datetime import timedelta

_FIRST = (
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)
_HOURLY, _DAILY = timedelta(hours=1), timedelta(days=1)
_HOURLY_LOOKS = 23


def delay_after(queries: int) -> timedelta:
    """How long to wait before the next look, after this many looks: 5 s, 15 s, 1 m, 5 m, 15 m, 1 h, hourly for a day, then daily.

    There is no end: only evidence or two people end an order, never a clock.
    """
    if queries < len(_FIRST):
        return _FIRST[queries]
    return _HOURLY if queries < len(_FIRST) + _HOURLY_LOOKS else _DAILY


RETRY_REVERSAL = timedelta(seconds=10)
"""A reversal that never left the house is tried again on the same link after this long."""
