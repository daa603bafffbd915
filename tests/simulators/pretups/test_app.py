"""The simulated gateway as any client of such a gateway sees it."""

import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from simulators.pretups.app import Access, Gateway
from simulators.supplier.shop import Shop
from tests.simulators.supplier.client import Client, with_supplier

ADDRESS = "/pretups/C2SReceiver?LOGIN=agent&PASSWORD=word&REQUEST_GATEWAY_TYPE=EXTGW"


def command(kind: str, pin: str = "2468", **fields: str) -> bytes:
    told = {"TYPE": kind, "PIN": pin, **fields}
    return f"<COMMAND>{''.join(f'<{name}>{text}</{name}>' for name, text in told.items())}</COMMAND>".encode()


def fields(text: str) -> dict[str, str]:
    return dict(re.findall(r"<(\w+)>([^<]*)</\1>", text))


def ask(shop: Shop, *bodies: bytes, address: str = ADDRESS) -> list[dict[str, str]]:
    async def what(client: Client) -> list[dict[str, str]]:
        return [fields((await client.ask("POST", address, body))[1]) for body in bodies]

    told: list[dict[str, str]] = with_supplier(shop, lambda _: Gateway(shop, Access("agent", "word", "2468")), what)
    return told


def sale(number: str, reference: str = "7", amount: str = "50", kind: str = "EXRCTRFREQ") -> bytes:
    return command(kind, EXTREFNUM=reference, MSISDN2=number, AMOUNT=amount)


@pytest.mark.parametrize(("suffix", "code"), [("9000", "200"), ("9010", "205"), ("9040", "200"), ("9044", "99999"), ("9050", "206")])
def test_a_sale_is_answered_by_its_number(open_shop: Shop, suffix: str, code: str) -> None:
    [told] = ask(open_shop, sale(f"1380013{suffix}"))
    assert (told["TYPE"], told["TXNSTATUS"], told["EXTREFNUM"]) == ("EXRCTRFRESP", code, "7")


def test_a_bill_payment_has_an_answer_of_its_own(open_shop: Shop) -> None:
    assert ask(open_shop, sale("13800139000", kind="EXPPBREQ"))[0]["TYPE"] == "EXPPBRESP"


def test_the_same_reference_is_credited_once(open_shop: Shop) -> None:
    first, second = ask(open_shop, sale("13800139000"), sale("13800139000"))
    assert first == second
    assert open_shop.ledger.stock_minor() == 95_000


def test_a_status_speaks_of_the_question_and_of_the_order(open_shop: Shop) -> None:
    _, known, unknown = ask(open_shop, sale("13800139050"), command("EXRCSTATREQ", EXTREFNUM="7"), command("EXRCSTATREQ", EXTREFNUM="8"))
    assert (known["TXNSTATUS"], known["REQSTATUS"]) == ("200", "206")
    assert "FAILED" in known["MESSAGE"]
    assert (unknown["TXNSTATUS"], "REQSTATUS" in unknown) == ("7014", False)


def test_a_sale_is_taken_back_by_the_gateways_number_once(open_shop: Shop) -> None:
    [sold] = ask(open_shop, sale("13800139000"))
    back = command("RCREVREQ", EXTREFNUM="9", TXNID=sold["TXNID"])
    assert [told["TXNSTATUS"] for told in ask(open_shop, back, back, command("RCREVREQ", TXNID="none"))] == ["200", "206", "206"]
    assert open_shop.ledger.stock_minor() == 100_000


def test_the_balance_is_in_whole_units(open_shop: Shop) -> None:
    assert ask(open_shop, command("EXUSRBALREQ"))[0]["BALANCE"] == "1000"


@pytest.mark.parametrize(
    ("body", "address", "code"),
    [
        (sale("13800139000").replace(b"2468", b"1111"), ADDRESS, "7001"),
        (sale("13800139000"), ADDRESS.replace("word", "other"), "7001"),
        (command("EXC2SCPNREQ"), ADDRESS, "7002"),
    ],
)
def test_who_is_not_known_or_asks_for_something_else_is_told_so(open_shop: Shop, body: bytes, address: str, code: str) -> None:
    assert ask(open_shop, body, address=address)[0]["TXNSTATUS"] == code
    assert open_shop.ledger.orders() == []


@pytest.mark.parametrize(("suffix", "status"), [("9005", 502), ("9009", 502), ("9004", 200)])
def test_bad_answers_come_after_the_deed(open_shop: Shop, suffix: str, status: int) -> None:
    async def what(client: Client) -> Any:
        async with client._session.post(client.base + ADDRESS, data=sale(f"1380013{suffix}")) as answer:
            return answer.status, b"<COMMAND>" in await answer.read()

    assert with_supplier(open_shop, lambda _: Gateway(open_shop, Access("agent", "word", "2468")), what) == (status, False)
    assert len(open_shop.ledger.told()["credits"]) == (0 if suffix == "9009" else 1)


def report(shop: Shop, day: str, login: str = "agent") -> tuple[int, str]:
    async def what(client: Client) -> tuple[int, str]:
        return await client.ask(
            "GET", f"/reports/{day}.csv", headers={"Authorization": "Basic " + b64encode(f"{login}:word".encode()).decode()}
        )

    told: tuple[int, str] = with_supplier(shop, lambda _: Gateway(shop, Access("agent", "word", "2468")), what)
    return told


def test_a_days_report_comes_when_the_day_is_over_and_to_who_may_see_it(open_shop: Shop) -> None:
    ask(open_shop, sale("13800139000", "1"), sale("13800139050", "2"))
    today = f"{datetime.fromtimestamp(open_shop.now(), UTC):%Y%m%d}"
    assert report(open_shop, today)[0] == 404
    assert report(open_shop, "20200101")[1].splitlines()[1:] == ["TOTAL,0,0"]
    assert report(open_shop, "20200101", "stranger")[0] == 401
    tomorrow = open_shop.now() + 86_400
    open_shop._clock = lambda: tomorrow
    head, line, total = report(open_shop, today)[1].splitlines()
    assert head.startswith("TRANSFER_ID,")
    assert (line.split(",")[3], line.split(",")[-2:], total) == ("1", ["50", "200"], "TOTAL,1,50")


def test_a_command_in_the_address_is_heard_as_well(open_shop: Shop) -> None:
    async def what(client: Client) -> dict[str, str]:
        return fields((await client.ask("GET", f"{ADDRESS}&DATA={quote(sale('13800139000').decode())}"))[1])

    told = with_supplier(open_shop, lambda _: Gateway(open_shop, Access("agent", "word", "2468")), what)
    assert told["TXNSTATUS"] == "200"
