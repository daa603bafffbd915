"""The simulated partner server: a line of text for each address."""

from base64 import urlsafe_b64encode
from hashlib import sha1
from urllib.parse import urlencode

import pytest

from simulators.partner.app import Member, Partner
from simulators.supplier.shop import Shop
from tests.simulators.supplier.client import Client, with_supplier

MEMBER = Member("AGENT", "1234", "pw")


def irs(number: str, reference: str = "7", product: str = "S50", pin: str = "1234") -> str:
    fields = {"id": "AGENT", "pin": pin, "user": "AGENT", "pass": "pw", "kodeproduk": product, "tujuan": number, "idtrx": reference}
    return f"/api/h2h?{urlencode(fields)}"


def otomax(number: str, reference: str = "7", password: str = "pw") -> str:
    text = "|".join(("OtomaX", "AGENT", "S50", number, reference, "1234", password))
    sign = urlsafe_b64encode(sha1(text.encode(), usedforsecurity=False).digest()).decode().rstrip("=")
    return f"/trx?{urlencode({'memberID': 'AGENT', 'product': 'S50', 'dest': number, 'refID': reference, 'sign': sign})}"


def ask(shop: Shop, *paths: str) -> list[str]:
    async def what(client: Client) -> list[str]:
        return [(await client.ask("GET", path))[1] for path in paths]

    told: list[str] = with_supplier(shop, lambda _: Partner(shop, MEMBER, {"S50": 5000}, minor_digits=2), what)
    return told


@pytest.mark.parametrize(
    ("suffix", "word"), [("9000", "SUCCESS. SN: "), ("9010", "INPROGRESS"), ("9050", "FAILED. REASON"), ("9044", "ANGKASA")]
)
def test_a_sale_is_told_in_a_line(open_shop: Shop, suffix: str, word: str) -> None:
    open_shop.rules.later_seconds = 60
    [text] = ask(open_shop, irs(f"1380013{suffix}"))
    assert text.startswith(f"R#7 S50. 1380013{suffix}")
    assert word in text


def test_the_money_in_it_adds_up(open_shop: Shop) -> None:
    [text] = ask(open_shop, irs("13800139000"))
    assert "SISA SALDO: 1.000 - 50 = 950 @" in text
    assert text.endswith("&refid=7")


def test_the_same_reference_again_is_the_question(open_shop: Shop) -> None:
    first, again = ask(open_shop, irs("13800139000"), irs("13800139000"))
    assert first == again
    assert len(open_shop.ledger.told()["credits"]) == 1


def test_what_is_hidden_is_not_found_and_not_done_again(open_shop: Shop) -> None:
    open_shop.rules.hidden_seconds = 60
    open_shop.take("7", "13800139030", 5000)
    assert ask(open_shop, irs("13800139030")) == ["R#7 tidak ditemukan"]
    assert len(open_shop.ledger.told()["credits"]) == 1


def test_otomax_is_signed(open_shop: Shop) -> None:
    done, wrong = ask(open_shop, otomax("13800139000"), otomax("13800139000", "8", "other"))
    assert "SUCCESS" in done
    assert "salah" in wrong


def test_who_is_not_known_and_what_is_not_sold(open_shop: Shop) -> None:
    assert "salah" in ask(open_shop, irs("13800139000", pin="1111"))[0]
    assert "tidak dikenal" in ask(open_shop, irs("13800139000", product="S5"))[0]
    assert open_shop.ledger.orders() == []


def test_the_balance_is_a_line_too(open_shop: Shop) -> None:
    assert ask(open_shop, "/saldo") == ["Saldo AGENT: 1.000"]
