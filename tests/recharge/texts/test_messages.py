"""Messages: exact, short, complete in three languages, and never telling a customer what is the agent's."""

import ast
import itertools
import random

import pytest

from recharge.domain.orders import OrderKind
from recharge.texts import LANGUAGES, MessageKind, Recipient, message_text
from recharge.texts.catalogue import Fact, placeholders
from recharge.texts.messages import AGENT_CLAUSES, CUSTOMER_CLAUSES
from recharge.texts.orders import FAILURES
from tests.support import source

SMS_LETTERS = 70
WRITERS = {"tell_agent", "tell_party", "tell_customer", "agent_message", "customer_message"}
EVERYDAY: dict[str, Fact] = {
    "order_kind": "recharge",
    "order_number": "250123456789654321",
    "number": "13800138000",
    "face_minor": 5000,
    "delivered_minor": 3000,
    "serial_number": "SN26112100000017",
    "failure": "over_carrier_limit",
    "amount_minor": 100000,
    "party": "P1001",
    "balance_minor": 1234567,
    "link": "CHIP7",
    "stock_minor": 50000,
    "runs_out": "11-27 18:40",
}
TOLD = [(Recipient.AGENT, kind) for kind in AGENT_CLAUSES] + [(Recipient.CUSTOMER, kind) for kind in CUSTOMER_CLAUSES]


def without(*names: str) -> dict[str, Fact]:
    return {name: fact for name, fact in EVERYDAY.items() if name not in names}


def agent(kind: MessageKind, language: str, facts: dict[str, Fact] | None = None) -> str:
    return message_text(kind, Recipient.AGENT, EVERYDAY if facts is None else facts, language)


def customer(kind: MessageKind, language: str, facts: dict[str, Fact] | None = None) -> str:
    return message_text(kind, Recipient.CUSTOMER, EVERYDAY if facts is None else facts, language)


def test_there_is_a_message_to_the_agent_for_every_kind() -> None:
    assert set(AGENT_CLAUSES) == set(MessageKind)


def test_the_customer_is_told_what_reached_the_number_and_nothing_else() -> None:
    assert set(CUSTOMER_CLAUSES) == {MessageKind.SUCCEEDED, MessageKind.PARTIAL, MessageKind.REVERSED}


CHINESE = {
    MessageKind.SUCCEEDED: "充值成功：13800138000 50.00，凭证号SN26112100000017，余额12345.67，单号尾号654321。",
    MessageKind.PARTIAL: "充值部分成功：13800138000到账30.00，应50.00，差额已退，凭证号SN26112100000017，余额12345.67。",
    MessageKind.FAILED: "充值未成功：13800138000 50.00，号码的充值额度已用完，请改日再办，款已退回，余额12345.67，单号尾号654321。",
    MessageKind.REVERSED: "返销成功：13800138000 50.00，款已退回，余额12345.67，单号尾号654321。",
    MessageKind.REVERSAL_FAILED: "返销未成功：13800138000 50.00，原单仍有效，如有疑问请联系客服，单号尾号654321。",
    MessageKind.TRANSFERRED: "已转给P1001 1000.00，余额12345.67，单号尾号654321。",
    MessageKind.RECEIVED: "收到P1001转来1000.00，余额12345.67，单号尾号654321。",
    MessageKind.TAKEN_BACK: "P1001已收回转账1000.00，余额12345.67，单号尾号654321。",
    MessageKind.ADJUSTED: "账户已调账1000.00，余额12345.67，如有疑问请联系客服，单号尾号654321。",
    MessageKind.STOCK_LOW: "通道CHIP7库存500.00，预计11-27 18:40用完，请及时进货。",
    MessageKind.STOCK_OUT: "通道CHIP7库存已用完，请立即进货。",
    MessageKind.COMMISSION_MOVED: "佣金1000.00已转入预存，余额12345.67，单号尾号654321。",
}


@pytest.mark.parametrize("kind", MessageKind)
def test_what_an_agent_reads_in_chinese(kind: MessageKind) -> None:
    assert agent(kind, "zh_CN") == CHINESE[kind]


def test_what_an_agent_reads_in_english() -> None:
    told = "Recharge succeeded: 50.00 to 13800138000, serial SN26112100000017, balance 12345.67, order ending 654321."
    assert agent(MessageKind.SUCCEEDED, "en") == told


def test_what_an_agent_reads_in_indonesian() -> None:
    told = "Isi pulsa berhasil: 50.00 ke 13800138000, SN SN26112100000017, saldo 12345.67, pesanan berakhir 654321."
    assert agent(MessageKind.SUCCEEDED, "id") == told


def test_what_a_customer_reads() -> None:
    assert customer(MessageKind.SUCCEEDED, "zh_CN") == "您的号码13800138000充值50.00已成功，凭证号SN26112100000017。"
    assert customer(MessageKind.SUCCEEDED, "en") == "Recharge of 50.00 for your number 13800138000 succeeded, serial SN26112100000017."
    assert customer(MessageKind.SUCCEEDED, "id") == "Isi pulsa 50.00 untuk nomor Anda 13800138000 berhasil, SN SN26112100000017."


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_says_why_and_that_the_money_is_back(failure: str) -> None:
    text = agent(MessageKind.FAILED, "zh_CN", {**EVERYDAY, "failure": failure})
    assert FAILURES[failure] in text
    assert "款已退回" in text


@pytest.mark.parametrize(("recipient", "kind"), [pair for pair in TOLD if pair != (Recipient.AGENT, MessageKind.PARTIAL)])
def test_a_chinese_message_with_everyday_facts_fits_one_sms(recipient: Recipient, kind: str) -> None:
    assert len(message_text(kind, recipient, EVERYDAY, "zh_CN")) <= SMS_LETTERS


def test_a_partial_success_with_a_usual_balance_fits_one_sms() -> None:
    assert len(agent(MessageKind.PARTIAL, "zh_CN", {**EVERYDAY, "balance_minor": 99999})) <= SMS_LETTERS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("recipient", "kind"), TOLD)
def test_a_message_without_any_facts_still_says_what_happened(recipient: Recipient, kind: str, language: str) -> None:
    text = message_text(kind, recipient, {}, language)
    assert len(text) > 3
    assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_set_of_facts_breaks_a_message(language: str) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for recipient, kind in TOLD * 20:
        facts = {name: fact for name, fact in EVERYDAY.items() if chance.random() < 0.5}
        text = message_text(kind, recipient, facts, language)
        assert "{" not in text, f"seed {seed}: {facts}"


@pytest.mark.parametrize("recipient", Recipient)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_is_told_in_its_own_words(recipient: Recipient, language: str) -> None:
    kinds = [kind for told, kind in TOLD if told is recipient]
    texts = {message_text(kind, recipient, EVERYDAY, language) for kind in kinds}
    assert len(texts) == len(kinds)


@pytest.mark.parametrize(("language", "kind"), list(itertools.product(LANGUAGES, MessageKind)))
def test_a_customer_never_reads_the_agents_money_or_order(language: str, kind: MessageKind) -> None:
    text = customer(kind, language, without("order_number"))
    assert "12345.67" not in text
    assert "P1001" not in text


def test_a_customers_clauses_name_no_balance() -> None:
    named = {name for clauses in CUSTOMER_CLAUSES.values() for clause in clauses for text in clause for name in placeholders(text)}
    assert named <= {"kind", "number", "face_minor", "delivered_minor", "serial_number"}


def test_a_bill_payment_is_called_one() -> None:
    assert agent(MessageKind.SUCCEEDED, "zh_CN", {**EVERYDAY, "order_kind": OrderKind.BILL_PAYMENT}).startswith("缴费成功：")
    assert agent(MessageKind.SUCCEEDED, "en", {**EVERYDAY, "order_kind": "bill_payment"}).startswith("Bill payment succeeded")


def test_a_missing_serial_number_leaves_its_clause_out() -> None:
    told = "充值成功：13800138000 50.00，余额12345.67，单号尾号654321。"
    assert agent(MessageKind.SUCCEEDED, "zh_CN", without("serial_number")) == told
    assert agent(MessageKind.SUCCEEDED, "zh_CN", {**EVERYDAY, "serial_number": ""}) == told


def test_a_deposit_is_told_without_a_giver() -> None:
    assert agent(MessageKind.RECEIVED, "zh_CN", without("party")) == "收到1000.00，余额12345.67，单号尾号654321。"


def test_the_orders_value_is_the_amount_when_none_is_given() -> None:
    assert agent(MessageKind.TRANSFERRED, "en", without("amount_minor")).startswith("Transferred 50.00 to P1001")


def kinds_the_engine_writes() -> set[str]:
    """The kind in every call that writes a message, where it stands there as a word."""
    calls = [
        node for path in source.modules("platform/recharge/engine") for node in ast.walk(source.tree(path)) if isinstance(node, ast.Call)
    ]
    writing = [call for call in calls if ast.unparse(call.func).split(".")[-1].lstrip("_") in WRITERS]
    return {word.value for call in writing for word in call.args if isinstance(word, ast.Constant) and isinstance(word.value, str)}


def test_every_kind_the_engine_writes_has_its_words() -> None:
    assert kinds_the_engine_writes() - {""} <= set(MessageKind)


def test_a_balance_below_zero_is_shown_as_one() -> None:
    assert "余额-0.01" in agent(MessageKind.SUCCEEDED, "zh_CN", {**EVERYDAY, "balance_minor": -1})


@pytest.mark.parametrize(("language", "told"), [("zh_CN", "您的业务有新结果，请查询，单号尾号654321。"), ("fr", "您的业务")])
def test_a_kind_this_process_cannot_word_still_reaches_its_reader(language: str, told: str) -> None:
    assert message_text("invented", "agent", EVERYDAY, language).startswith(told)


def test_a_currency_without_decimals() -> None:
    assert "余额1234567，" in message_text("succeeded", "agent", EVERYDAY, "zh_CN", minor_digits=0)
