"""The H2H link: what it asks, what texts prove, whose they are, and callbacks by key."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import OutcomeState
from recharge.domain.reply_rules import Meaning, ReplyRule
from recharge.suppliers.contract import AttemptOrder, BadCallback, CannotTell, ForgedCallback, LinkMisconfigured, RawCallback, SupplierLink
from recharge.suppliers.replies import ReplyReader, UnreadText
from recharge.suppliers.starting_rules import starting_rules
from tests.recharge.suppliers.h2h.harness import CALLBACK_KEY, H2hHarness, callback, fields, success
from tests.recharge.suppliers.peer import Exchange, Peer, listening
from tests.support.world import ManualClock

S = OutcomeState
HARNESS = H2hHarness()
CLOCK = ManualClock(datetime(2026, 11, 21, 12, 40, tzinfo=UTC))
ORDER = AttemptOrder("7000000001", "081208120812", 1_000_000, OrderKind.RECHARGE, "TSEL", datetime(2026, 11, 21, tzinfo=UTC))
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


def ask(port: int, what: Callable[[SupplierLink], Awaitable[Any]], answer: bytes | str, **settings: Any) -> tuple[Any, list[Exchange]]:
    seen: list[Exchange] = []

    async def treat(exchange: Exchange) -> None:
        seen.append(exchange)
        await exchange.answer(answer if isinstance(answer, bytes) else answer.encode())

    async def scene() -> Any:
        async with listening(Peer(treat), port):
            link = HARNESS.link(port, CLOCK, **settings)
            try:
                return await what(link)
            finally:
                await link.close()

    return asyncio.run(scene()), seen


DONE = success(ORDER.reference, ORDER.number)
REFUSED = (
    "R#7000000001 S10. 081208120812 FAILED. REASON: BLOCKED. TRXID: 9. SISA SALDO: 1.000 - 0 = 1.000"
    " @18:21:31.327611 16/02/2024&refid=7000000001"
)


def test_a_sale_is_one_address(free_port: int) -> None:
    outcome, [exchange] = ask(free_port, lambda link: link.submit(ORDER), DONE)
    assert exchange.head.startswith(b"GET /api/h2h?")
    assert fields(exchange) == {
        "id": "AGENT",
        "pin": "1234secret",
        "user": "AGENT",
        "pass": "h2h-secret",
        "kodeproduk": "S10",
        "tujuan": "081208120812",
        "counter": "1",
        "idtrx": "7000000001",
    }
    assert (outcome.state, outcome.serial_number, outcome.supplier_reference) == (S.SUCCESS, "4779928", "20356853")
    assert (outcome.charged_minor, outcome.stock_after_minor, outcome.code) == (4_950_000, 9_736_229_300, "ID-SUCCESS")
    assert ORDER.number not in outcome.raw


def test_otomax_is_signed(free_port: int) -> None:
    settings: dict[str, Any] = {"preset": "otomax", "query": "none"}
    outcome, [exchange] = ask(free_port, lambda link: link.submit(ORDER), DONE, **settings)
    text = b"OtomaX|AGENT|S10|081208120812|7000000001|1234secret|h2h-secret"
    signature = urlsafe_b64encode(sha1(text, usedforsecurity=False).digest()).decode().rstrip("=")
    assert exchange.head.startswith(b"GET /trx?")
    assert fields(exchange)["sign"] == signature
    assert outcome.state is S.SUCCESS


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("R#7000000001 S10. 081208120812 INPROGRESS. TRXID: 14430673. @15:42:50.308103 23/10/2024", S.ACCEPTED),
        (REFUSED, S.FAILED),
        ("S10.081208120812 transaksi sedang diproses", S.ACCEPTED),
        ("S10.6281208120812 Hrg=10350 Status: gagal.", S.FAILED),
        ("S10.081208120812 Hrg=10350 Status: gagal.", S.FAILED),
        (DONE.replace("R#7000000001", "R#7000000002"), S.UNKNOWN),
        (DONE.replace("081208120812", "081208120813"), S.UNKNOWN),
        # Half a number and no reference of ours: nobody knows whose it is.
        ("S10.120812 transaksi sedang diproses", S.UNKNOWN),
        ("Stok M-KIOS Anda: 5rb=40 10rb=120 20rb=60. Berlaku s/d 31/12/2026", S.UNKNOWN),
        ("Saldo tidak cukup", S.UNKNOWN),
        (DONE[:60], S.UNKNOWN),
    ],
)
def test_what_a_text_proves(free_port: int, text: str, state: OutcomeState) -> None:
    for what in (lambda link: link.submit(ORDER), lambda link: link.query(ORDER)):
        assert ask(free_port, what, text)[0].state is state


def with_rule(meaning: Meaning, pattern: str, sample: str) -> ReplyReader:
    return ReplyReader([*(rule for rule, _ in starting_rules("ID")), ReplyRule("OWN", pattern, meaning, (sample,), ALWAYS)])


def test_not_taken_frees_a_sale_but_says_nothing_to_a_question(free_port: int) -> None:
    replies = with_rule(Meaning.NOT_SENT, r"Ref (?P<our_ref>[0-9]+) saldo tidak cukup", "Ref 1 saldo tidak cukup")
    text = "Ref 7000000001 saldo tidak cukup"
    assert ask(free_port, lambda link: link.submit(ORDER), text, replies=replies)[0].state is S.NOT_SENT
    assert ask(free_port, lambda link: link.query(ORDER), text, replies=replies)[0].state is S.UNKNOWN


def test_not_found_is_an_answer_to_a_question_only(free_port: int) -> None:
    replies = with_rule(Meaning.NOT_FOUND, r"Ref (?P<our_ref>[0-9]+) tidak ada", "Ref 1 tidak ada")
    text = "Ref 7000000001 tidak ada"
    status = {"query": "address", "status": {"path": "/status", "fields": {"ref": "{reference}"}}}
    outcome, [exchange] = ask(free_port, lambda link: link.query(ORDER), text, replies=replies, **status)
    assert (outcome.state, fields(exchange)) == (S.NOT_FOUND, {"ref": "7000000001"})
    assert ask(free_port, lambda link: link.submit(ORDER), text, replies=replies)[0].state is S.UNKNOWN


def test_a_text_that_cannot_be_read_goes_to_a_person_with_its_attempt(free_port: int) -> None:
    replies, kept = ReplyReader(), list[UnreadText]()
    ask(free_port, lambda link: link.submit(ORDER), "Transaksi 081208120812 aneh", replies=replies)
    replies.keep(kept.extend)
    assert [(item.scope.link, item.scope.channel, item.attempt_id) for item in kept] == [("SERVER", "http", 7000000001)]


def test_an_old_servers_latin_letters_are_text(free_port: int) -> None:
    replies = with_rule(Meaning.ACCEPTED, r"R#(?P<our_ref>[0-9]+) reçu", "R#1 reçu")
    assert ask(free_port, lambda link: link.submit(ORDER), "R#7000000001 reçu".encode("latin-1"), replies=replies)[0].state is S.ACCEPTED


def test_the_same_request_again_is_the_question(free_port: int) -> None:
    async def both(link: SupplierLink) -> None:
        await link.submit(ORDER)
        await link.query(ORDER)

    _, [first, second] = ask(free_port, both, DONE)
    assert first.head.split(b"\r\n")[0] == second.head.split(b"\r\n")[0]
    assert HARNESS.link(1, CLOCK).caps.idempotent_submit


def test_without_a_product_nothing_is_sent(free_port: int) -> None:
    outcome, seen = ask(free_port, lambda link: link.submit(replace(ORDER, face_minor=700)), DONE)
    assert (outcome.state, seen) == (S.NOT_SENT, [])


BALANCE = {"balance": {"path": "/saldo", "fields": {"id": "{user}", "pin": "{pin}"}}}


def test_the_balance_is_a_text_too(free_port: int) -> None:
    replies = with_rule(Meaning.STOCK, r"Saldo anda (?P<balance>[0-9.]{1,20})", "Saldo anda 1.00")
    stock, [exchange] = ask(free_port, lambda link: link.balance(), "Saldo anda 4950.25", replies=replies, **BALANCE)
    assert (stock.free_minor, fields(exchange)["id"]) == (495_025, "AGENT")


@pytest.mark.parametrize("text", ["what?", DONE, "Stok M-KIOS Anda: 5rb=40. Berlaku s/d 31/12/2026"])
def test_a_balance_in_doubt_is_not_told(free_port: int, text: str) -> None:
    async def what(link: SupplierLink) -> None:
        with pytest.raises(CannotTell):
            await link.balance()

    ask(free_port, what, text, **BALANCE)


def heard(told: dict[str, str], **settings: Any) -> Any:
    return HARNESS.link(1, CLOCK, **settings).read_callback(callback({"key": CALLBACK_KEY} | told))


def test_a_callback_by_status() -> None:
    said = heard({"clientid": "7", "statuscode": "1", "serverid": "99", "msisdn": "081208120812", "sn": "SN1", "msg": "ok 081208120812"})
    assert (said.reference, said.acknowledgement) == ("7", b"OK")
    assert (said.outcome.state, said.outcome.serial_number, said.outcome.supplier_reference) == (S.SUCCESS, "SN1", "99")
    assert "081208120812" not in said.outcome.raw
    assert heard({"clientid": "7", "statuscode": "3"}).outcome.state is S.UNKNOWN


def test_a_callback_by_form() -> None:
    raw = callback({"key": CALLBACK_KEY, "clientid": "7", "statuscode": "2"})
    said = HARNESS.link(1, CLOCK).read_callback(RawCallback({}, raw.query.encode()))
    assert said.outcome.state is S.FAILED


def test_a_callback_by_text() -> None:
    settings: dict[str, Any] = {"preset": "otomax"}
    said = heard({"refid": "7000000001", "message": DONE}, **settings)
    assert (said.reference, said.outcome.state, said.outcome.serial_number) == ("7000000001", S.SUCCESS, "4779928")
    # The text itself names our reference; where only it does, that is enough.
    assert heard({"message": DONE}, **settings).reference == "7000000001"
    unread = heard({"refid": "7000000001", "message": "aneh"}, **settings)
    assert (unread.outcome.state, unread.reference) == (S.UNKNOWN, "7000000001")


@pytest.mark.parametrize("told", [{"refid": "7000000002", "message": DONE}, {"message": "aneh"}, {"refid": "x", "message": "aneh"}])
def test_a_callback_by_text_about_nothing_of_ours(told: dict[str, str]) -> None:
    with pytest.raises(BadCallback):
        heard(told, preset="otomax")


@pytest.mark.parametrize("query", ["clientid=7&statuscode=1", "key=&clientid=7&statuscode=1", f"key={CALLBACK_KEY}&key=x&clientid=7"])
def test_a_callback_without_its_key_is_nobodys(query: str) -> None:
    with pytest.raises(ForgedCallback):
        HARNESS.link(1, CLOCK).read_callback(RawCallback({}, b"", query))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"preset": "nobody"}, "irs, otomax"),
        ({"preset": ""}, "submit"),
        ({"secret": b"plain"}, "JSON"),
        ({"secret": b'{"password": "p"}'}, "callback_key"),
        ({"secret": b'{"password": "p", "callback_key": "short"}'}, "callback_key"),
        ({"query": "address"}, "status"),
        ({"callback": {"statuses": {"1": "fine"}}}, "statuses"),
        ({"url": "h2h.example"}, "url"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(LinkMisconfigured, match=named):
        HARNESS.link(1, CLOCK, **settings)


def test_without_callbacks_no_key_is_wanted() -> None:
    caps = HARNESS.link(1, CLOCK, callback=None, query="none", secret=b"{}").caps
    assert (caps.callback, caps.query, caps.idempotent_submit) == (False, False, False)
