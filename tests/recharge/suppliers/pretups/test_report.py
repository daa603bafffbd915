"""The operator's day report: read to the last line or not at all, and fetched only where the link is told where it lies."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bank_settle.carriers.lines import from_link
from recharge.domain.outcomes import OutcomeState
from recharge.suppliers.contract import CannotTell, LinkMisconfigured, StatementKind, StatementLine, StatementNotReady
from recharge.suppliers.pretups.report import read_report
from recharge.suppliers.pretups.settings import PretupsSettings
from tests.recharge.suppliers.peer import Exchange, Peer, listening
from tests.recharge.suppliers.pretups.harness import SETTINGS, PretupsHarness
from tests.support.world import ManualClock

DAY = date(2026, 11, 20)
HEAD = "TRANSFER_ID,TRANSFER_DATE,SERVICE,EXT_REF_NUM,ORIGINAL_EXT_REF_NUM,RECEIVER_MSISDN,AMOUNT,STATUS"
SALE = "R261120.0900.000001,20/11/2026 15:00:00,RC,7000000001,,8801711242148,50,REVERSED"
BILL = 'R261120.0901.000002,20/11/2026 23:59:59,PPB,7000000002,,8801711242149,"120.50",200'
OWN = "R261120.0902.000003,20/11/2026 00:00:00,RC,,,8801711242150,10.00,200"
BACK = "R261120.0903.000004,20/11/2026 16:00:00,REV,7000000003,7000000001,8801711242148,50.00,200"
TOTAL = "TOTAL,4,130.50"
REPORT = (HEAD, SALE, BILL, OWN, BACK, TOTAL)


def settings(**instead: Any) -> PretupsSettings:
    told = SETTINGS | {"url": "http://gateway/x", "number_prefix": "880", "drop_zero": True, "zone": "Asia/Dhaka"}
    return PretupsSettings.model_validate(told | instead)


def read(*lines: str, end: str = "\n", **instead: Any) -> list[StatementLine]:
    return read_report((end.join(lines) + end).encode(), DAY, settings(**instead), 2)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_whole_report(end: str) -> None:
    sale, bill, own, back = read(*REPORT, end=end)
    assert sale == StatementLine(
        StatementKind.RECHARGE,
        "7000000001",
        "",
        "R261120.0900.000001",
        "R261120.0900.000001",
        "01711242148",
        5000,
        5000,
        5000,
        OutcomeState.REVERSED,
        datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    )
    assert (bill.kind, bill.amount_minor, bill.state) == (StatementKind.BILL_PAYMENT, 12_050, OutcomeState.SUCCESS)
    assert own.reference == ""
    assert (back.kind, back.original_reference, back.amount_minor, back.state) == (
        StatementKind.REVERSAL,
        "7000000001",
        -5000,
        OutcomeState.SUCCESS,
    )


def test_the_days_close_reads_its_lines() -> None:
    rows = list(from_link(read(*REPORT), ZoneInfo("Asia/Dhaka")))
    assert [row[0] for row in rows] == ["7000000001", "7000000002", "", "7000000003"]
    assert rows[0][-2:] == ("reversed", "20261120150000")


def test_a_day_without_transfers() -> None:
    assert read(HEAD, "TOTAL,0,0") == []


def test_amounts_in_the_smallest_unit() -> None:
    [line] = read(HEAD, SALE.replace(",50,", ",5000,"), "TOTAL,1,5000", unit="minor")
    assert line.amount_minor == 5000


def changed(line: int, before: str, after: str) -> tuple[str, ...]:
    lines = list(REPORT)
    assert before in lines[line]
    lines[line] = lines[line].replace(before, after)
    return tuple(lines)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (HEAD,),
        REPORT[:-1],
        REPORT[1:],
        (*REPORT[:2], *REPORT[3:]),
        (*REPORT, TOTAL),
        (HEAD, SALE, SALE, "TOTAL,2,100"),
        changed(0, "STATUS", "STATE"),
        changed(1, "RC", "GIFT"),
        changed(1, "REVERSED", "206"),
        changed(1, ",50,", ",-50,"),
        changed(1, ",50,", ",0,"),
        changed(1, ",50,", ",fifty,"),
        changed(1, ",50,", ",50.005,"),
        changed(1, "8801711242148", "1711242148"),
        changed(1, "8801711242148", "880171124****"),
        changed(1, "R261120.0900.000001", ""),
        changed(1, "20/11/2026", "21/11/2026"),
        changed(1, "20/11/2026", "2026-11-20"),
        changed(1, ",REVERSED", ""),
        changed(2, '"120.50"', '"120.50'),
        changed(5, "TOTAL", "SUM"),
        changed(5, "4", "5"),
        changed(5, "130.50", "130.51"),
    ],
)
def test_a_report_with_any_fault_tells_nothing(lines: tuple[str, ...]) -> None:
    with pytest.raises(CannotTell, match="report"):
        read(*lines)


def test_what_is_no_text_tells_nothing() -> None:
    with pytest.raises(CannotTell, match="UTF-8"):
        read_report(b"\xff\xfe", DAY, settings(), 2)


def fetched(port: int, answer: Callable[[Exchange], Any], **told: Any) -> tuple[Any, list[Exchange]]:
    """The statement of a link whose report lies on this port, and what was asked for."""
    seen: list[Exchange] = []

    async def treat(exchange: Exchange) -> None:
        seen.append(exchange)
        await answer(exchange)

    async def scene() -> Any:
        async with listening(Peer(treat), port):
            link = PretupsHarness().link(port, ManualClock(), report_url=f"http://127.0.0.1:{port}/reports/{{day}}.csv", **told)
            try:
                return await link.statement(DAY)
            finally:
                await link.close()

    return asyncio.run(scene()), seen


def test_a_report_is_fetched_under_the_gateways_login(free_port: int) -> None:
    content = "\n".join([HEAD, OWN.replace("880", ""), "TOTAL,1,10", ""]).encode()
    [line], [exchange] = fetched(free_port, lambda exchange: exchange.answer(content, Content_Type="text/csv"))
    assert line.number == "1711242150"
    head = exchange.head.decode()
    assert head.startswith("GET /reports/20261120.csv ")
    assert "authorization: basic" in head.lower()
    assert "gateway-secret" not in head


@pytest.mark.parametrize(
    ("status", "error"), [("404 Not Found", StatementNotReady), ("401 Unauthorized", CannotTell), ("500 Error", CannotTell)]
)
def test_a_report_that_is_not_there(free_port: int, status: str, error: type[Exception]) -> None:
    with pytest.raises(error) as failed:
        fetched(free_port, lambda exchange: exchange.answer(b"", status=status))
    assert isinstance(failed.value, StatementNotReady) == status.startswith("404")


def test_a_peer_that_breaks_off_tells_nothing(free_port: int) -> None:
    link = PretupsHarness().link(free_port, ManualClock(), report_url=f"http://127.0.0.1:{free_port}/{{day}}")

    async def scene() -> None:
        try:
            await link.statement(DAY)
        finally:
            await link.close()

    with pytest.raises(CannotTell, match="report"):
        asyncio.run(scene())


def test_a_link_has_statements_where_it_is_told_of_the_report(free_port: int) -> None:
    without = PretupsHarness().link(free_port, ManualClock())
    assert without.caps.statement is None
    with pytest.raises(CannotTell):
        asyncio.run(without.statement(DAY))
    times = settings(report_url="https://reports/{day}", report_ready="04:30").caps.statement
    assert times is not None
    assert (times.ready, times.day_of(datetime(2026, 11, 20, 19, tzinfo=UTC))) == (time(4, 30), date(2026, 11, 21))


@pytest.mark.parametrize("url", ["https://reports/today", "ftp://reports/{day}", "reports/{day}"])
def test_an_address_that_names_no_day_is_refused(free_port: int, url: str) -> None:
    with pytest.raises(LinkMisconfigured, match="report_url"):
        PretupsHarness().link(free_port, ManualClock(), report_url=url)
