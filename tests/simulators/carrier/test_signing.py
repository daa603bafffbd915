"""Signatures: the published vectors, and the gate's checks in their order."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.carrier import codes
from simulators.carrier.signing import ALLOWED_SKEW_SECONDS, NONCE_MEMORY_SECONDS, Gate, Signer, signature, signed_bytes
from tests.simulators.carrier import specification
from tests.simulators.carrier.conftest import EVENING, Hand
from tests.simulators.carrier.partner import NAME, SECRET, hmac_of
from tests.simulators.carrier.specification import Vector

BODY = b"<Balance></Balance>"


def request_headers(
    nonce: str = "a-nonce-of-sixteen-letters", timestamp: str = str(int(EVENING)), secret: bytes = SECRET, body: bytes = BODY
) -> dict[str, str]:
    signed = hmac_of("REQUEST", NAME, timestamp, nonce, body=body, secret=secret)
    return {"X-Partner": NAME, "X-Timestamp": timestamp, "X-Nonce": nonce, "X-Signature": signed}


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def gate(hand: Hand) -> Gate:
    return Gate(NAME, SECRET, hand)


@pytest.mark.parametrize("vector", specification.vectors(), ids=lambda vector: vector.name)
def test_a_published_vector_is_signed_as_published(vector: Vector) -> None:
    covered = signed_bytes(vector.kind, vector.partner, vector.timestamp, vector.nonce, vector.body, vector.request_nonce)
    assert signature(specification.SECRET, covered) == vector.signature


@pytest.mark.parametrize("vector", specification.vectors(), ids=lambda vector: vector.name)
def test_the_signed_bytes_of_a_vector_stand_in_the_page(vector: Vector) -> None:
    covered = signed_bytes(vector.kind, vector.partner, vector.timestamp, vector.nonce, vector.body, vector.request_nonce)
    assert base64.b64encode(covered).decode() in specification.PAGE


def test_only_answers_name_the_nonce_of_their_request() -> None:
    assert {one.kind for one in specification.vectors() if one.request_nonce} == {"ANSWER"}
    assert all(one.request_nonce for one in specification.vectors() if one.kind == "ANSWER")


@pytest.mark.parametrize("vector", [one for one in specification.vectors() if one.kind == "REQUEST"], ids=lambda one: one.name)
def test_a_published_request_comes_in(vector: Vector) -> None:
    gate = Gate(vector.partner, specification.SECRET, lambda: float(vector.timestamp))
    headers = {
        "X-Partner": vector.partner,
        "X-Timestamp": vector.timestamp,
        "X-Nonce": vector.nonce,
        "X-Signature": vector.signature,
    }
    assert gate.refusal(headers, vector.body) == ""


def test_kinds_cannot_be_taken_for_one_another() -> None:
    parts = ("partner", "1795264800", "a-nonce-of-sixteen-letters")
    signed = {kind: signature(SECRET, signed_bytes(kind, *parts, BODY)) for kind in ("REQUEST", "ANSWER", "CALLBACK")}
    assert len(set(signed.values())) == 3


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_another_body_has_another_signature(one: bytes, other: bytes) -> None:
    made = [signature(SECRET, signed_bytes("REQUEST", NAME, "1", "n" * 16, body)) for body in (one, other)]
    assert (made[0] == made[1]) == (one == other)


def test_the_signer_makes_four_headers_with_a_new_nonce_each_time(hand: Hand) -> None:
    signer = Signer(NAME, SECRET, hand)
    first, second = signer.headers("ANSWER", BODY, "n" * 16), signer.headers("ANSWER", BODY, "n" * 16)
    assert set(first) == {"X-Partner", "X-Timestamp", "X-Nonce", "X-Signature"}
    assert first["X-Timestamp"] == str(int(EVENING))
    assert first["X-Nonce"] != second["X-Nonce"]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16,64}", headers["X-Nonce"]) for headers in (first, second))


def test_what_the_signer_signs_can_be_checked_by_hand(hand: Hand) -> None:
    headers = Signer(NAME, SECRET, hand).headers("ANSWER", BODY, "the-nonce-of-request")
    parts = ("ANSWER", NAME, headers["X-Timestamp"], headers["X-Nonce"], "the-nonce-of-request")
    assert headers["X-Signature"] == hmac_of(*parts, body=BODY)


def test_a_good_request_comes_in(gate: Gate) -> None:
    assert gate.refusal(request_headers(), BODY) == ""


def test_another_partner_is_unknown(gate: Gate) -> None:
    assert gate.refusal({**request_headers(), "X-Partner": "somebody"}, BODY) == codes.UNKNOWN_PARTNER
    assert gate.refusal({}, BODY) == codes.UNKNOWN_PARTNER


@pytest.mark.parametrize(
    "headers",
    [
        {**request_headers(), "X-Signature": "0" * 64},
        {**request_headers(), "X-Signature": request_headers()["X-Signature"].upper()},
        {**request_headers(), "X-Signature": ""},
        {**request_headers(), "X-Signature": "é" * 64},
        {**request_headers(), "X-Timestamp": str(int(EVENING) + 1)},
        {**request_headers(), "X-Nonce": "another-nonce-of-some-length"},
        request_headers(secret=b"another secret altogether, thirty-two"),
        request_headers(nonce="too-short"),
        request_headers(nonce="n" * 65),
        request_headers(nonce="with a space in the middle"),
        request_headers(timestamp="-5"),
        request_headers(timestamp="1e9"),
        request_headers(timestamp=""),
        request_headers(timestamp="９" * 10),
        {name: value for name, value in request_headers().items() if name != "X-Signature"},
        {name: value for name, value in request_headers().items() if name != "X-Nonce"},
        {name: value for name, value in request_headers().items() if name != "X-Timestamp"},
    ],
)
def test_a_wrong_signature_is_refused(gate: Gate, headers: dict[str, str]) -> None:
    assert gate.refusal(headers, BODY) == codes.BAD_SIGNATURE


def test_a_changed_body_is_refused(gate: Gate) -> None:
    assert gate.refusal(request_headers(), BODY + b" ") == codes.BAD_SIGNATURE


@pytest.mark.parametrize("off", [-ALLOWED_SKEW_SECONDS, -1, 0, 1, ALLOWED_SKEW_SECONDS])
def test_a_clock_within_the_skew_comes_in(gate: Gate, off: int) -> None:
    assert gate.refusal(request_headers(timestamp=str(int(EVENING) + off)), BODY) == ""


@pytest.mark.parametrize("off", [-ALLOWED_SKEW_SECONDS - 1, ALLOWED_SKEW_SECONDS + 1, -86_400, 86_400])
def test_a_clock_outside_the_skew_is_refused(gate: Gate, off: int) -> None:
    assert gate.refusal(request_headers(timestamp=str(int(EVENING) + off)), BODY) == codes.BAD_TIMESTAMP


def test_a_nonce_comes_in_once(gate: Gate) -> None:
    assert gate.refusal(request_headers(), BODY) == ""
    assert gate.refusal(request_headers(), BODY) == codes.REPEATED_NONCE


def test_a_nonce_of_a_refused_request_is_not_used_up(gate: Gate) -> None:
    assert gate.refusal({**request_headers(), "X-Signature": "0" * 64}, BODY) == codes.BAD_SIGNATURE
    assert gate.refusal(request_headers(), BODY) == ""


@pytest.mark.parametrize("waited", [1, 300, NONCE_MEMORY_SECONDS - 1, NONCE_MEMORY_SECONDS])
def test_a_nonce_is_remembered_long_enough(gate: Gate, hand: Hand, waited: int) -> None:
    hand.wait(NONCE_MEMORY_SECONDS / 2)
    assert gate.refusal(request_headers(timestamp=str(int(hand()))), BODY) == ""
    hand.wait(waited)
    again = request_headers(timestamp=str(int(hand())))
    assert gate.refusal(again, BODY) == codes.REPEATED_NONCE


def test_memory_of_nonces_does_not_grow_for_ever(gate: Gate, hand: Hand) -> None:
    for turn in range(5):
        hand.wait(NONCE_MEMORY_SECONDS + 1)
        headers = request_headers(nonce=f"nonce-number-{turn:08d}", timestamp=str(int(hand())))
        assert gate.refusal(headers, BODY) == ""
    assert len(gate._recent) + len(gate._older) <= 2
