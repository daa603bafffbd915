"""Keys come in by two people with check values, or in blocks, and never otherwise."""

import pytest

from pos import tables
from pos.crypto.des import check_value, xored
from pos.keys.vault import KeyUse
from pos.problems import OfficeError, Problem
from tests.pos.peers import key_block
from tests.pos.stand import COMPONENTS, MASTER, TERMINAL, Stand
from tests.support.world import World

FIRST, SECOND = COMPONENTS
THIRD = bytes(range(16))


@pytest.fixture
def bare(world: World) -> Stand:
    """A terminal whose master key is taken out again."""
    stand = Stand(world)
    with world.database.write() as connection:
        connection.execute(tables.terminal.update().values(master=None))
    return stand


def bring(stand: Stand, ordinal: int, key: bytes, person: str, *, of: int = 2, check: str = "", **where: object) -> str:
    use = where.get("use", KeyUse.MASTER)
    assert isinstance(use, KeyUse)
    return stand.loading.component(str(where.get("owner", TERMINAL)), use, ordinal, of, key, check or check_value(key).hex(), person)


def problem(work) -> Problem:  # type: ignore[no-untyped-def]
    with pytest.raises(OfficeError) as caught:
        work()
    assert FIRST.hex() not in str(caught.value)
    return caught.value.problem


def test_two_people_make_a_key(bare: Stand) -> None:
    assert bring(bare, 1, FIRST, "SEC1") == ""
    [waiting] = bare.rows(tables.component)
    assert FIRST not in waiting["wrapped"]
    assert bring(bare, 2, SECOND, "OPS1") == check_value(MASTER).hex().upper()
    assert bare.rows(tables.component) == []
    bare.sign_in()
    bare.close()


def test_in_any_order_and_with_short_check_values(bare: Stand) -> None:
    bring(bare, 2, SECOND, "OPS1", check=check_value(SECOND).hex()[:6])
    assert bring(bare, 1, FIRST, "SEC1", check=check_value(FIRST).hex()[:4].upper())
    bare.close()


def test_three_people(bare: Stand) -> None:
    assert bring(bare, 1, FIRST, "A", of=3) == bring(bare, 3, THIRD, "C", of=3) == ""
    assert bring(bare, 2, SECOND, "B", of=3) == check_value(xored(MASTER, THIRD)).hex().upper()
    bare.close()


def test_one_person_cannot_bring_two(bare: Stand) -> None:
    bring(bare, 1, FIRST, "SEC1")
    assert problem(lambda: bring(bare, 2, SECOND, "SEC1")) is Problem.SAME_PERSON
    # He may bring his own again: the other one is still missing.
    assert bring(bare, 1, FIRST, "SEC1") == ""
    bare.close()


@pytest.mark.parametrize("check", ["00000000", "1", "", check_value(SECOND).hex()])
def test_a_check_value_that_does_not_fit(bare: Stand, check: str) -> None:
    with pytest.raises(OfficeError) as caught:
        bare.loading.component(TERMINAL, KeyUse.MASTER, 1, 2, FIRST, check, "SEC1")
    assert caught.value.problem is Problem.WRONG_CHECK
    assert bare.rows(tables.component) == []
    bare.close()


@pytest.mark.parametrize(("ordinal", "of"), [(0, 2), (3, 2), (1, 1), (1, 4)])
def test_numbers_of_components(bare: Stand, ordinal: int, of: int) -> None:
    assert problem(lambda: bring(bare, ordinal, FIRST, "SEC1", of=of)) is Problem.BAD_VALUE
    bare.close()


def test_other_uses_other_lengths_and_other_names(bare: Stand) -> None:
    assert problem(lambda: bring(bare, 1, FIRST, "SEC1", use=KeyUse.PIN)) is Problem.BAD_VALUE
    assert problem(lambda: bring(bare, 1, FIRST, "SEC1", owner="a b")) is Problem.BAD_VALUE
    assert problem(lambda: bring(bare, 1, FIRST[:8], "SEC1")) is Problem.WRONG_CHECK
    bare.close()


def test_a_terminal_nobody_registered(bare: Stand) -> None:
    bring(bare, 1, FIRST, "SEC1", owner="KC999999")
    assert problem(lambda: bring(bare, 2, SECOND, "OPS1", owner="KC999999")) is Problem.UNKNOWN_TERMINAL
    bare.close()


def test_a_new_master_key_ends_the_sign_in(stand: Stand) -> None:
    bring(stand, 1, SECOND, "SEC1")
    bring(stand, 2, THIRD, "OPS1")
    assert stand.send(stand.hand.sale()).text(39) == "A0"
    stand.hand.master = xored(SECOND, THIRD)
    stand.sign_in()
    assert stand.sold()[1].text(39) == "00"


def test_a_master_key_in_a_block(bare: Stand) -> None:
    bring(bare, 1, FIRST, "SEC1", owner="ZONE1", use=KeyUse.PROTECTION)
    bring(bare, 2, SECOND, "OPS1", owner="ZONE1", use=KeyUse.PROTECTION)
    block = key_block("B", MASTER, THIRD)
    assert bare.loading.block(TERMINAL, "ZONE1", block) == check_value(THIRD).hex().upper()
    bare.hand.master = THIRD
    bare.sign_in()
    for wrong in (block[:-1] + "0", key_block("B", MASTER, THIRD, "P0")):
        if wrong != block:
            assert problem(lambda wrong=wrong: bare.loading.block(TERMINAL, "ZONE1", wrong)) is Problem.BAD_BLOCK
    assert problem(lambda: bare.loading.block(TERMINAL, "ZONE2", block)) is Problem.NO_KEY
    # The protection key is replaced by its next version.
    bring(bare, 1, SECOND, "SEC1", owner="ZONE1", use=KeyUse.PROTECTION)
    bring(bare, 2, THIRD, "OPS1", owner="ZONE1", use=KeyUse.PROTECTION)
    assert problem(lambda: bare.loading.block(TERMINAL, "ZONE1", block)) is Problem.BAD_BLOCK
    bare.close()
