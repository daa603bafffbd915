"""The simulated charging system, asked by the standard library's own XML-RPC client."""

import http.client
import threading
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from simulators.air.app import Air
from simulators.supplier.shop import Shop
from tests.support import machine

NUMBER = "13800139000"


@contextmanager
def node(shop: Shop) -> Iterator[tuple[Air, xmlrpc.client.ServerProxy]]:
    port = machine.free_port()
    with Air(("127.0.0.1", port), shop, "agent:air") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            with xmlrpc.client.ServerProxy(f"http://agent:air@127.0.0.1:{port}/Air") as client:
                yield server, client
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def refill(number: str = NUMBER, reference: str = "7", amount: str = "5000") -> dict[str, Any]:
    return {"originTransactionID": reference, "subscriberNumber": number, "transactionAmount": amount, "transactionCurrency": "CNY"}


def balance(client: xmlrpc.client.ServerProxy, number: str = NUMBER) -> Any:
    return client.GetBalanceAndDate({"originTransactionID": "1", "subscriberNumber": number})


def test_a_refill_raises_the_balance(open_shop: Shop) -> None:
    with node(open_shop) as (_, client):
        told: Any = client.Refill(refill())
        assert (told["responseCode"], told["originTransactionID"]) == (0, "7")
        assert told["accountBeforeRefill"] == {"accountValue1": "1000"}
        assert told["accountAfterRefill"] == {"accountValue1": "6000"}
        assert balance(client)["accountValue1"] == "6000"


def test_the_same_transaction_is_done_once(open_shop: Shop) -> None:
    with node(open_shop) as (_, client):
        client.Refill(refill())
        client.Refill(refill())
        assert balance(client)["accountValue1"] == "6000"


@pytest.mark.parametrize(("suffix", "code"), [("9050", 115), ("9011", 115), ("9010", 0), ("9044", 4711)])
def test_a_number_chooses_what_happens(open_shop: Shop, suffix: str, code: int) -> None:
    with node(open_shop) as (_, client):
        told: Any = client.Refill(refill(f"1380013{suffix}"))
        assert told["responseCode"] == code


def test_a_balance_goes_down_by_calls_and_adjustments(open_shop: Shop) -> None:
    with node(open_shop) as (server, client):
        server.node.spend(NUMBER, 300)
        taken = {"originTransactionID": "8", "subscriberNumber": NUMBER, "adjustmentAmountRelative": "-500", "transactionCurrency": "CNY"}
        told: Any = client.UpdateBalanceAndDate(taken)
        assert told["responseCode"] == 0
        assert balance(client)["accountValue1"] == "200"
        refused: Any = client.UpdateBalanceAndDate(taken)
        assert refused["responseCode"] == 124


def test_a_subscriber_that_is_not_there(open_shop: Shop) -> None:
    with node(open_shop) as (_, client):
        assert balance(client, "13800139059")["responseCode"] == 102


@pytest.mark.parametrize(
    ("suffix", "error"), [("9003", (ConnectionError, http.client.HTTPException)), ("9005", xmlrpc.client.ProtocolError)]
)
def test_bad_answers_come_after_the_deed(open_shop: Shop, suffix: str, error: Any) -> None:
    with node(open_shop) as (_, client), pytest.raises(error):
        client.Refill(refill(f"1380013{suffix}"))
    assert {row["amount_minor"] for row in open_shop.ledger.told()["credits"]} == {5000}
    assert len({row["reference"] for row in open_shop.ledger.told()["credits"]}) == 1


def test_nobody_is_served_without_the_right_word(open_shop: Shop) -> None:
    with node(open_shop) as (server, _):
        port = server.server_address[1]
        with xmlrpc.client.ServerProxy(f"http://agent:other@127.0.0.1:{port}/Air") as client, pytest.raises(xmlrpc.client.ProtocolError):
            client.Refill(refill())
    assert open_shop.ledger.orders() == []
