"""Names of accounts as finance writes them."""

import pytest

from recharge.domain.account_names import AccountName, read_account


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bank", AccountName("bank")),
        ("bank:ICBC", AccountName("bank", "ICBC")),
        ("adjustment", AccountName("adjustment")),
        ("stock:CARRIER", AccountName("stock", "CARRIER")),
        ("deposit:A", AccountName("deposit", "A")),
        ("commission:P:1", AccountName("commission", "P:1")),
    ],
)
def test_a_name_says_kind_and_owner(text: str, name: AccountName) -> None:
    assert read_account(text) == name
    assert str(name) == text


@pytest.mark.parametrize("text", ["", "hold", "bank:", "revenue:A", "stock", "stock:", "deposit: A", "x:y", "deposit:" + "A" * 40])
def test_anything_else_is_no_account(text: str) -> None:
    with pytest.raises(ValueError, match="no account"):
        read_account(text)
