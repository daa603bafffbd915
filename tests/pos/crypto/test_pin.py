"""PIN blocks: the published one, beside psec, and blocks that open to no PIN."""

from random import Random

import pytest

from pos.crypto.pin import BadPinBlock, make_block, open_block
from tests.pos.peers import pinblock
from tests.pos.vectors import VECTORS

VECTOR = VECTORS["pin_block_clear"]


def test_the_published_block() -> None:
    block = bytes.fromhex(VECTOR["block"])
    assert open_block(block, VECTOR["pan"]) == VECTOR["pin"]
    assert make_block(VECTOR["pin"], VECTOR["pan"]) == block


def test_without_an_account_number() -> None:
    block = make_block("274961")
    assert block.hex() == "06274961ffffffff"
    assert open_block(block) == "274961"


def test_beside_psec() -> None:
    chance = Random(9564)
    for _ in range(200):
        pin = "".join(chance.choice("0123456789") for _ in range(chance.randint(4, 12)))
        account = "".join(chance.choice("0123456789") for _ in range(chance.randint(13, 19)))
        block = pinblock.encode_pinblock_iso_0(pin, account)
        assert make_block(pin, account) == block
        assert open_block(block, account) == pin


@pytest.mark.parametrize(
    "text", ["0" * 16, "16274961ffffffff", "03274fffffffffff", "0d27496112345678", "0627496affffffff", "06274961fffffff0"]
)
def test_what_opens_to_no_pin(text: str) -> None:
    with pytest.raises(BadPinBlock) as caught:
        open_block(bytes.fromhex(text))
    assert "274961" not in repr(caught.value)


def test_another_key_hardly_ever_opens_to_a_pin() -> None:
    chance, opened = Random(1), 0
    for _ in range(2000):
        try:
            open_block(chance.randbytes(8))
            opened += 1
        except BadPinBlock:
            continue
    assert opened < 5


def test_another_account_number_opens_to_none() -> None:
    with pytest.raises(BadPinBlock):
        open_block(make_block("274961", "6222000012345678901"), "6222000087654321901")
