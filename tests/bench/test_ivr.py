"""The voice benchmark: what it takes for exact, and what it reads from sipp."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import _sipp, ivr
from bench._province import PASSWORD, Province, sqlite_province
from recharge import Channel, EndpointKind, Origin, Recharge, Request, ServicePassword
from recharge.engine.intake import Intake


@pytest.fixture
def province() -> Iterator[Province]:
    with sqlite_province(2) as made:
        yield made


def test_only_orders_as_they_were_keyed_count(province: Province) -> None:
    lines = ivr.register_lines(province)
    parts = province.parts(5)
    intake = Intake(parts, lambda: None)
    keyed = [_sipp.Order(lines[at % 2], f"138{at:08d}", 50, PASSWORD) for at in range(4)]

    def order(at: int, number: str) -> None:
        origin = Origin(Channel.IVR, EndpointKind.PHONE_LINE, lines[at % 2], f"call-{at}")
        reply = intake.take([Request(origin, ServicePassword(PASSWORD), Recharge(number, 5000))])[0]
        assert reply.done

    for at, one in enumerate(keyed[:3]):
        order(at, one.number)
    order(9, "13899999999")
    with ivr.carrier(province):
        while ivr.exact(province, keyed) != 3 - 1:
            continue
    parts.database.close()


def test_what_sipp_tells(tmp_path: Path) -> None:
    (tmp_path / "recharge_7_.csv").write_text("StartTime;SuccessfulCall(P);SuccessfulCall(C);\nx;1;1;\nx;1;9;\n")
    (tmp_path / "recharge_7_rtt.csv").write_text("Date_ms;response_time_ms;rtd_no\n1;104.5;1\n2;3;1\n")
    assert (_sipp._good(tmp_path), _sipp._set_up(tmp_path)) == (9, [0.1045, 0.003])


def test_a_process_cpu() -> None:
    import os

    assert ivr.cpu_seconds(os.getpid()) > 0
