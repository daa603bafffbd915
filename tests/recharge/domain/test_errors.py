"""Refusals are exceptions like any other: they pass through `with` blocks and say what they are."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from recharge.domain.errors import Refusal, RefusalCode


@contextmanager
def some_block() -> Iterator[None]:
    yield


def test_a_refusal_passes_through_a_with_block_unchanged() -> None:
    with pytest.raises(Refusal) as error, some_block():
        raise Refusal(RefusalCode.BAD_NUMBER, {"number": "123"})
    assert error.value == Refusal(RefusalCode.BAD_NUMBER, {"number": "123"})


def test_a_refusal_says_its_code_and_its_facts() -> None:
    assert str(Refusal(RefusalCode.BUSY)) == "busy"
    assert str(Refusal(RefusalCode.PASSWORD_LOCKED, {"minutes": 3})) == "password_locked {'minutes': 3}"


def test_codes_are_stored_and_so_never_change_their_form() -> None:
    assert all(code.value == code.name.lower() for code in RefusalCode)
