"""Totals and upload records, digit by digit."""

from hypothesis import given
from hypothesis import strategies as st

from simulators.pos_terminal import totals
from simulators.pos_terminal.memory import DONE, PROCESSING, Sale

STATES = st.sampled_from(["asked", "done", "processing", "refused", "reversed", "unknown"])
SALE = st.builds(
    Sale,
    st.sampled_from(["recharge", "bill", "cancel"]),
    st.sampled_from(["000001", "000002"]),
    st.integers(1, 999999).map("{:06d}".format),
    st.just("13800138000"),
    st.integers(0, 1_000_000),
    STATES,
)


def sale(function: str, amount_minor: int, state: str = DONE, trace: str = "000007") -> Sale:
    return Sale(function, "000001", trace, "13800138000", amount_minor, state)


def test_the_totals_as_62_digits() -> None:
    total = totals.add_up([sale("recharge", 5000), sale("bill", 12345), sale("cancel", 5000)])
    digits = totals.pack(total)
    assert len(digits) == 62
    assert digits == "000000017345" + "002" + "000000005000" + "001" + "0" + "0" * 31


@given(st.lists(SALE, max_size=20))
def test_only_accepted_sales_of_the_batch_count(sales: list[Sale]) -> None:
    kept = totals.counted(sales, "000001")
    assert all(one.batch == "000001" and one.state in (DONE, PROCESSING) for one in kept)
    total = totals.add_up(kept)
    assert total.debits + total.credits == len(kept)
    assert total.debit_minor + total.credit_minor == sum(one.amount_minor for one in kept)


def test_digit_31_is_the_verdict() -> None:
    digits = "0" * 62
    assert totals.is_balanced(digits[:30] + "1" + digits[31:])
    for verdict in "023":
        assert not totals.is_balanced(digits[:30] + verdict + digits[31:])
    assert not totals.is_balanced("")


@given(st.lists(SALE, max_size=30))
def test_every_sale_is_uploaded_once_in_messages_of_eight(sales: list[Sale]) -> None:
    messages = list(totals.uploads(sales))
    assert [up for up, _ in messages] == [min(start + 8, len(sales)) for start in range(0, len(sales), 8)]
    records = [text[2 + 40 * place : 42 + 40 * place] for _, text in messages for place in range(int(text[:2]))]
    assert [(record[2:8], int(record[28:])) for record in records] == [(one.trace, one.amount_minor) for one in sales]
    assert all(len(text) == 2 + 40 * int(text[:2]) <= 322 for _, text in messages)


def test_a_record_has_the_number_where_a_cards_would_be() -> None:
    ((count, text),) = totals.uploads([sale("recharge", 5000)])
    assert count == 1
    assert text == "01" + "00" + "000007" + "00000000013800138000" + "000000005000"
