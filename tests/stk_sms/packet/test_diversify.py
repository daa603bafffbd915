"""Card keys: known values, what they depend on, and keys that cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stk_sms.packet import Algorithm, card_keys, check_iccid
from stk_sms.packet.diversify import check_master_key
from tests.stk_sms.till import ICCID, MASTERS, OTHER_ICCID

ICCIDS = st.text("0123456789", min_size=17, max_size=18).map(lambda rest: "89" + rest)


def test_known_keys() -> None:
    aes = card_keys(Algorithm.AES, *MASTERS, ICCID, 1)
    assert (aes.kic.hex(), aes.kid.hex()) == ("86ee8da368a413a171f9ffda6b352283", "dc4d25b11703652153d1293abf8af361")
    des = card_keys(Algorithm.TRIPLE_DES_2, *MASTERS, ICCID, 1)
    assert (des.kic.hex(), des.kid.hex()) == ("1a38859d23dc19f4b634adcb79f2f792", "49cb5234860d086de5c77a62dc23e60b")


def test_three_keys_begin_like_two() -> None:
    two = card_keys(Algorithm.TRIPLE_DES_2, *MASTERS, ICCID, 1)
    three = card_keys(Algorithm.TRIPLE_DES_3, *MASTERS, ICCID, 1)
    assert (three.kic[:16], three.kid[:16]) == (two.kic, two.kid)
    assert len(three.kic) == 24
    assert len({three.kic[:8], three.kic[8:16], three.kic[16:]}) == 3


@given(ICCIDS, st.sampled_from([Algorithm.TRIPLE_DES_2, Algorithm.TRIPLE_DES_3]))
def test_triple_des_keys_have_odd_parity(iccid: str, algorithm: Algorithm) -> None:
    keys = card_keys(algorithm, *MASTERS, iccid, 1)
    assert all(octet.bit_count() % 2 for octet in keys.kic + keys.kid)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_cards_roles_and_masters_have_keys_of_their_own(algorithm: Algorithm) -> None:
    mine = card_keys(algorithm, *MASTERS, ICCID, 1)
    other = card_keys(algorithm, *MASTERS, OTHER_ICCID, 1)
    exchanged = card_keys(algorithm, MASTERS[1], MASTERS[0], ICCID, 1)
    keys = {mine.kic, mine.kid, other.kic, other.kid, exchanged.kic, exchanged.kid}
    # For triple DES the roles differ in their masters alone.
    assert len(keys) == (6 if algorithm is Algorithm.AES else 4)


def test_aes_keys_depend_on_the_version() -> None:
    assert len({card_keys(Algorithm.AES, *MASTERS, ICCID, version).kic for version in range(1, 16)}) == 15


def test_nineteen_and_twenty_digits() -> None:
    short, long = ICCID[:19], ICCID
    assert check_iccid(short) == short
    assert card_keys(Algorithm.AES, *MASTERS, short, 1) != card_keys(Algorithm.AES, *MASTERS, long, 1)


@pytest.mark.parametrize("iccid", ["", "8986", ICCID + "0", "77" + ICCID[2:], ICCID[:-1] + "F", ICCID.replace("8", "８"), ICCID[:18]])
def test_what_is_no_iccid(iccid: str) -> None:
    with pytest.raises(ValueError, match="not an ICCID"):
        card_keys(Algorithm.AES, *MASTERS, iccid, 1)


@pytest.mark.parametrize(
    ("algorithm", "octets"), [(Algorithm.AES, 15), (Algorithm.AES, 8), (Algorithm.TRIPLE_DES_2, 8), (Algorithm.TRIPLE_DES_3, 32)]
)
def test_a_master_key_of_the_wrong_length(algorithm: Algorithm, octets: int) -> None:
    with pytest.raises(ValueError, match="octets"):
        check_master_key(algorithm, bytes(range(octets)))


@pytest.mark.parametrize("algorithm", [Algorithm.TRIPLE_DES_2, Algorithm.TRIPLE_DES_3])
def test_single_des_in_disguise(algorithm: Algorithm) -> None:
    with pytest.raises(ValueError, match=r".+"):
        check_master_key(algorithm, bytes(range(8)) * 2)


@pytest.mark.parametrize(
    ("algorithm", "octets"), [(Algorithm.AES, 16), (Algorithm.AES, 32), (Algorithm.TRIPLE_DES_2, 16), (Algorithm.TRIPLE_DES_3, 24)]
)
def test_a_good_master_key(algorithm: Algorithm, octets: int) -> None:
    check_master_key(algorithm, bytes(range(1, octets + 1)))
