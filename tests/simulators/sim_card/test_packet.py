"""The card's packets: our own published examples, and what the product makes of them, in both directions."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.sim_card import menu
from simulators.sim_card.packet import Keys, NotForMe, pack, unpack
from stk_sms.packet import Algorithm, CardKeys, open_command, parse_body, parse_command, seal_command

EXAMPLES = json.loads((Path(__file__).resolve().parents[2] / "data" / "stk_mo_examples.json").read_text("utf-8"))["packets"]
TAR = bytes.fromhex("b2c001")
KIC, KID = bytes(range(1, 17)), bytes(range(65, 81))
AES_KEYS = Keys("aes", 3, KIC, KID)
NONCE = bytes(range(8))


@pytest.mark.parametrize("item", EXAMPLES, ids=lambda item: str(item["profile"]))
def test_the_examples(item: dict[str, str]) -> None:
    kind = {"aes128": "aes", "3des2": "3des2"}[item["profile"]]
    keys = Keys(kind, 1, bytes.fromhex(item["kic"]), bytes.fromhex(item["kid"]))
    body = menu.sale(menu.RECHARGE, bytes.fromhex("0123456789abcdef"), "13900001234", 10000, "123456")
    assert body.hex() == item["body"]
    assert pack(keys, TAR, int(item["cntr"], 16), body).hex() == item["tp_ud"]


@given(st.integers(0, 2**40 - 1), st.binary(max_size=98))
def test_the_product_opens_what_the_card_packs(counter: int, body: bytes) -> None:
    opened = open_command(parse_command(pack(AES_KEYS, TAR, counter, body)), Algorithm.AES, CardKeys(KIC, KID))
    assert (opened.counter, opened.data) == (counter, body)


@given(st.integers(0, 2**40 - 1), st.binary(max_size=98))
def test_the_card_opens_what_the_product_seals(counter: int, body: bytes) -> None:
    sealed = seal_command(Algorithm.AES, 3, CardKeys(KIC, KID), TAR, counter, body)
    assert unpack({3: AES_KEYS}, TAR, sealed) == (counter, body)


@pytest.mark.parametrize(
    "change",
    [
        lambda message: b"\x02\x71" + message[2:],
        lambda message: message[:10] + b"\0\0\0" + message[13:],
        lambda message: message[:8] + b"\x42\x42" + message[10:],
        lambda message: message[:8] + b"\x35\x35" + message[10:],
        lambda message: message[:-1],
        lambda message: message[:13],
        lambda message: message[:-1] + bytes([message[-1] ^ 1]),
    ],
)
def test_what_the_card_drops(change: object) -> None:
    message = seal_command(Algorithm.AES, 3, CardKeys(KIC, KID), TAR, 1, b"any")
    assert callable(change)
    with pytest.raises(NotForMe):
        unpack({3: AES_KEYS}, TAR, change(message))


@pytest.mark.parametrize(
    "body",
    [
        menu.sale(menu.RECHARGE, NONCE, "13800138000", 5000, "274961", 2),
        menu.sale(menu.REPEAT, NONCE, "081389092678", 5000, "274961"),
        menu.about(menu.QUERY, NONCE, NONCE),
        menu.about(menu.REVERSAL, NONCE, NONCE, "274961"),
        menu.begin(menu.BALANCE, NONCE),
        menu.transfer(NONCE, "20001", 5000, "274961"),
        menu.new_password(NONCE, "274961", "135792"),
        menu.begin(menu.KEYS_TAKEN, NONCE),
    ],
)
def test_the_product_reads_the_whole_menu(body: bytes) -> None:
    read = parse_body(body)
    assert read.nonce == NONCE
    assert read.operation == menu.fields_of(body)[0x81][1]
