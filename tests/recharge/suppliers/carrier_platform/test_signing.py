"""Signatures against the vectors of the protocol page, and each part that is spoilt found."""

from datetime import UTC, datetime, timedelta

import pytest

from recharge.suppliers.carrier_platform.signing import BadSignature, Signer, new_nonce
from tests.recharge.suppliers.carrier_platform.vectors import Vector, page

SECRET, VECTORS = page()
SIGNER = Signer("province-agent", SECRET)
NAMES = {kind: [name for name, vector in VECTORS.items() if vector.kind == kind] for kind in ("REQUEST", "ANSWER", "CALLBACK")}


def headers(vector: Vector) -> dict[str, str]:
    return {
        "x-partner": vector.partner,
        "x-timestamp": str(vector.timestamp),
        "x-nonce": vector.nonce,
        "x-signature": vector.signature,
    }


def at(vector: Vector) -> datetime:
    return datetime.fromtimestamp(vector.timestamp, UTC)


@pytest.mark.parametrize("name", NAMES["REQUEST"])
def test_requests_are_signed_as_on_the_page(name: str) -> None:
    vector = VECTORS[name]
    made = SIGNER.request_headers(vector.body, vector.nonce, at(vector))
    assert {key.lower(): text for key, text in made.items()} == headers(vector)


@pytest.mark.parametrize("name", NAMES["ANSWER"])
def test_answers_of_the_page_are_proved(name: str) -> None:
    vector = VECTORS[name]
    assert vector.request_nonce is not None
    SIGNER.check_answer(headers(vector), vector.body, vector.request_nonce)


@pytest.mark.parametrize("name", NAMES["ANSWER"])
def test_an_answer_to_another_request_is_not(name: str) -> None:
    vector = VECTORS[name]
    with pytest.raises(BadSignature):
        SIGNER.check_answer(headers(vector), vector.body, "req-0000000000000999")


@pytest.mark.parametrize("name", NAMES["CALLBACK"])
def test_callbacks_of_the_page_are_proved_within_five_minutes(name: str) -> None:
    vector = VECTORS[name]
    for seconds in (-300, 0, 300):
        SIGNER.check_callback(headers(vector), vector.body, at(vector) + timedelta(seconds=seconds))
    for seconds in (-301, 301):
        with pytest.raises(BadSignature, match="timestamp"):
            SIGNER.check_callback(headers(vector), vector.body, at(vector) + timedelta(seconds=seconds))


@pytest.mark.parametrize("header", ["x-partner", "x-timestamp", "x-nonce", "x-signature"])
@pytest.mark.parametrize("text", [None, "", "x", "é", "0" * 64])
def test_any_header_spoilt_or_missing_is_found(header: str, text: str | None) -> None:
    vector = VECTORS["callback: success"]
    spoilt = headers(vector)
    del spoilt[header]
    if text is not None:
        spoilt[header] = text
    with pytest.raises(BadSignature):
        SIGNER.check_callback(spoilt, vector.body, at(vector))


def test_one_kind_of_message_is_not_taken_for_another() -> None:
    vector = VECTORS["callback: success"]
    with pytest.raises(BadSignature):
        SIGNER.check_answer(headers(vector), vector.body, "")
    answer = VECTORS["recharge answer: success"]
    with pytest.raises(BadSignature):
        SIGNER.check_callback(headers(answer), answer.body, at(answer))


def test_every_bit_of_the_body_counts() -> None:
    vector = VECTORS["callback: success"]
    for position in range(0, len(vector.body), 37):
        body = bytearray(vector.body)
        body[position] ^= 1
        with pytest.raises(BadSignature):
            SIGNER.check_callback(headers(vector), bytes(body), at(vector))


def test_nonces_have_the_right_form_and_differ() -> None:
    made = {new_nonce() for _ in range(1000)}
    assert len(made) == 1000
    assert all(16 <= len(nonce) <= 64 and nonce.replace("-", "").replace("_", "").isalnum() for nonce in made)


def test_the_secret_is_not_shown() -> None:
    assert "kongchong-example" not in repr(SIGNER)
