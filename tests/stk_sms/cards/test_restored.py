"""After a restart and after a backup was put back: what is known stays known, what was lost is carried out once when it comes again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from simulators.sim_card.card import SimCard
from stk_sms import tables
from stk_sms.cards.gate import CardMessage
from stk_sms.packet import ResponseStatus
from tests.stk_sms.till import MSISDN, Till
from tests.support.world import NUMBER, PASSWORD

SECOND_NUMBER = "13800138009"


def copy(source: str, target: str) -> None:
    """SQLite's own backup, over whatever the target holds."""
    with closing(sqlite3.connect(source)) as from_here, closing(sqlite3.connect(target)) as to_there:
        from_here.backup(to_there)


@pytest.fixture
def books(till: Till) -> str:
    """The file the books are in."""
    return till.world.url.removeprefix("sqlite:///")


def test_a_new_process_knows_what_the_old_one_took(till: Till, sim: SimCard) -> None:
    first = till.one(sim.recharge(NUMBER, 5000, PASSWORD))
    restarted = till.process()
    again = restarted.take([CardMessage(MSISDN, sim.resend())])[0]
    assert again.text == first.text
    assert len(till.sales()) == 1


def test_a_backup_put_back(till: Till, sim: SimCard, books: str, tmp_path: Path) -> None:
    kept = sim.recharge(NUMBER, 5000, PASSWORD)
    till.one(kept)
    copy(books, str(tmp_path / "backup"))
    lost = sim.recharge(SECOND_NUMBER, 5000, PASSWORD)
    till.one(lost)
    copy(str(tmp_path / "backup"), books)
    assert till.sales() == [(NUMBER, 5000)]
    # What the backup holds is not made again; what it lost is made once, by the SMSC's redelivery or the agent's repeat.
    known = till.one(kept)
    assert known.reply is not None
    assert known.reply.repeated
    for _ in range(2):
        assert till.one(lost).status is ResponseStatus.OK
    assert till.one(sim.repeat(PASSWORD)).status is ResponseStatus.OK
    assert till.sales() == [(NUMBER, 5000), (SECOND_NUMBER, 5000)]
    assert till.events() == []
    assert till.state() == "active"


def test_a_card_that_went_on_while_the_backup_was_put_back(till: Till, sim: SimCard, books: str, tmp_path: Path) -> None:
    till.one(sim.balance())
    copy(books, str(tmp_path / "backup"))
    for _ in range(10):
        till.one(sim.balance())
    copy(str(tmp_path / "backup"), books)
    assert till.rows(tables.counter)[0]["high"] == 1
    assert till.one(sim.recharge(NUMBER, 5000, PASSWORD)).status is ResponseStatus.OK
    assert till.rows(tables.counter)[0]["high"] == 12
    assert till.events() == []
