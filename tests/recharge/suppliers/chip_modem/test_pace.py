"""How fast, how often and when."""

from datetime import UTC, datetime, timedelta

import pytest

from recharge.domain.routing import Reason
from recharge.suppliers.chip_modem.pace import Pace

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
PACE = Pace(timedelta(seconds=8), timedelta(seconds=60), 3, 5, "08:00", "22:00")


def sent(*seconds_ago: float, number: str = "1") -> list[tuple[datetime, str]]:
    return [(NOW - timedelta(seconds=seconds), number) for seconds in seconds_ago]


@pytest.mark.parametrize(
    ("before", "number", "local", "reason"),
    [
        ([], "1", "12:00", None),
        (sent(7.9), "2", "12:00", Reason.RESTING),
        (sent(8), "2", "12:00", None),
        (sent(30), "1", "12:00", Reason.NUMBER_OPEN),
        (sent(60), "1", "12:00", None),
        (sent(3000, 2000, 1000), "2", "12:00", Reason.OVER_PACE),
        (sent(3600, 2000, 1000), "2", "12:00", None),
        (sent(80000, 70000, 60000, 50000, 40000), "2", "12:00", Reason.OVER_PACE),
        (sent(86400, 70000, 60000, 50000, 40000), "2", "12:00", None),
        ([], "1", "07:59", Reason.CLOSED),
        ([], "1", "08:00", None),
        ([], "1", "22:00", Reason.CLOSED),
    ],
)
def test_objections(before: list[tuple[datetime, str]], number: str, local: str, reason: Reason | None) -> None:
    assert PACE.objection(before, number, NOW, local) is reason


@pytest.mark.parametrize(("local", "closed"), [("23:00", False), ("02:00", False), ("12:00", True)])
def test_hours_over_midnight(local: str, closed: bool) -> None:
    pace = Pace(timedelta(), timedelta(), 10, 10, "22:00", "06:00")
    assert (pace.objection([], "1", NOW, local) is Reason.CLOSED) == closed
