"""Codes, names, shares and amounts: what is let in, to the last edge."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge.domain.requests import EndpointKind
from recharge.engine.administration import AdministrationCode, AdministrationError, checks


def refused(check: Callable[..., object], *arguments: object) -> bool:
    """Whether a check refuses a value, naming the field."""
    try:
        check(*arguments)
    except AdministrationError as error:
        return error.code is AdministrationCode.BAD_VALUE and bool(error.facts["field"])
    return False


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("P1", "P1"), (" p1 ", "P1"), ("0", "0"), ("a-b_c", "A-B_C"), ("A" * 24, "A" * 24)],
)
def test_a_code_is_kept_in_upper_case(typed: str, kept: str) -> None:
    assert checks.code("code", typed) == kept


@pytest.mark.parametrize("typed", ["", " ", "-P1", "_P1", "P 1", "P\n1", "代理", "P1'", "P1;--", "A" * 25, "Ｐ１", "ß"])
def test_what_is_no_code(typed: str) -> None:
    assert refused(checks.code, "code", typed)


@given(st.text(max_size=30))
def test_a_code_that_is_let_in_can_be_typed_on_any_keyboard(typed: str) -> None:
    try:
        kept = checks.code("code", typed)
    except AdministrationError:
        return
    assert kept.isascii()
    assert kept == kept.upper().strip()
    assert 1 <= len(kept) <= 24


@pytest.mark.parametrize("typed", ["和平路店", "a", "一" * 80, " 前后有空格 ", "O'Brien & Söhne"])
def test_a_name_is_what_people_write(typed: str) -> None:
    assert checks.name(typed) == typed.strip()


@given(st.text(max_size=100))
def test_a_name_that_is_let_in_fits_its_column_and_one_line(typed: str) -> None:
    try:
        kept = checks.name(typed)
    except AdministrationError:
        return
    assert 1 <= len(kept) <= 80
    assert kept.isprintable()


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        (EndpointKind.STK_SIM, "898600123456789012"),
        (EndpointKind.STK_SIM, "89860012345678901234"),
        (EndpointKind.PHONE_LINE, "02161234567"),
        (EndpointKind.POS_TERMINAL, "T0000001"),
        (EndpointKind.WEB_LOGIN, "shop.owner-1_2"),
        (EndpointKind.PARTNER_KEY, "Partner_key-0001"),
        (EndpointKind.CONSOLE, "settlement"),
    ],
)
def test_identities_of_every_kind(kind: EndpointKind, identity: str) -> None:
    assert checks.identity(kind, f" {identity} ") == identity


@given(st.sampled_from(list(EndpointKind)), st.text(max_size=80))
def test_an_identity_that_is_let_in_fits_its_column(kind: EndpointKind, typed: str) -> None:
    try:
        kept = checks.identity(kind, typed)
    except AdministrationError:
        return
    assert kept.isascii()
    assert 1 <= len(kept) <= 64


@pytest.mark.parametrize("typed", ["12", "13800138000", "1" * 16])
def test_digits(typed: str) -> None:
    assert checks.digits("number", typed) == typed


@pytest.mark.parametrize("typed", ["", "1", "1" * 17, "+86", "１３８", "13 8", "13a"])
def test_what_are_no_digits(typed: str) -> None:
    assert refused(checks.digits, "number", typed)


@pytest.mark.parametrize(("share", "good"), [(-1, False), (0, True), (10_000, True), (10_001, False)])
def test_a_share_is_between_nothing_and_all(share: int, good: bool) -> None:
    assert refused(checks.share, "discount_bp", share) is not good
    assert refused(checks.share_or_none, "discount_bp", share) is not good


def test_no_share_of_its_own_is_none() -> None:
    assert checks.share_or_none("discount_bp", None) is None


@pytest.mark.parametrize(("amount", "good"), [(-1, False), (0, False), (1, True), (10**15, True), (10**15 + 1, False)])
def test_an_amount_is_more_than_nothing_and_fits(amount: int, good: bool) -> None:
    assert refused(checks.amount, "amount_minor", amount) is not good


@pytest.mark.parametrize(("most", "good"), [(None, True), (-1, False), (0, True), (10**15, True), (10**15 + 1, False)])
def test_a_limit_may_be_nothing_or_none(most: int | None, good: bool) -> None:
    assert refused(checks.limit, "day_count", most) is not good


@pytest.mark.parametrize("text", ["00:00", "09:05", "23:59", "24:00"])
def test_times_of_day(text: str) -> None:
    assert checks.time_of_day("opens", text) == text


@pytest.mark.parametrize("text", ["", "9:05", "24:01", "12:60", "12-30", "12:30 ", "12:3O"])
def test_what_is_no_time_of_day(text: str) -> None:
    assert refused(checks.time_of_day, "opens", text)


def test_a_moment_without_a_zone_is_refused() -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    assert checks.aware("since", moment) is moment
    assert refused(checks.aware, "since", moment.replace(tzinfo=None))


@pytest.mark.parametrize(("text", "good"), [("", True), ("北京", True), ("x" * 24, True), ("x" * 25, False), ("a\tb", False)])
def test_a_short_text(text: str, good: bool) -> None:
    assert refused(checks.printable, "province", text, 24) is not good
