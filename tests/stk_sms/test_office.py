"""The back office's program on cards, as an operator runs it: keys in, cards issued, a card of the other side's making opens."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recharge import EndpointKind, load_settings, open_engine
from recharge.books.tables.metadata import metadata
from recharge.engine.administration import SHELL
from simulators.sim_card.card import SimCard
from stk_sms.cards.gate import CardMessage
from stk_sms.cards.keyring import Keyring, MasterKeys
from stk_sms.cards.service import CardOrders
from stk_sms.office import main, office
from stk_sms.service import StoredKeys
from tests.stk_sms.till import ICCID, MASTERS, MSISDN, OWN_TABLES
from tests.support.province import Province
from tests.support.world import MASTER_KEY, NUMBER, PASSWORD, World

KEY_SET = "HN"


@pytest.fixture
def world(clean_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = Province(clean_sqlite_url)
    made.deposit("A", "1000.00")
    metadata.create_all(made.database.engine, tables=list(OWN_TABLES))
    with made.database.write() as connection:
        for table in OWN_TABLES:
            connection.execute(table.delete())
    monkeypatch.setenv("KONGCHONG_ENVIRONMENT", "development")
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", made.url)
    monkeypatch.setenv("KONGCHONG_MASTER_KEY", MASTER_KEY.hex())
    yield made
    made.close()


def told(*words: object) -> Result:
    return CliRunner().invoke(office, ["--language", "en", *map(str, words)])


def issue(folder: Path, point: str = "A") -> Result:
    listed = folder / "cards.csv"
    with listed.open("w", newline="") as file:
        csv.writer(file).writerows([("iccid", "msisdn", "point"), (ICCID, MSISDN, point)])
    return told("issue", KEY_SET, listed)


def add_keys(folder: Path) -> Result:
    names = ("kic", "kid")
    for name, key in zip(names, MASTERS, strict=True):
        (folder / name).write_text(key.hex())
    return told("add-keys", KEY_SET, "aes", "--kic-file", folder / "kic", "--kid-file", folder / "kid")


def test_a_card_is_issued_and_sells(world: World, tmp_path: Path) -> None:
    assert add_keys(tmp_path).exit_code == 0
    assert told("activate-keys", KEY_SET, 1).exit_code == 0
    assert issue(tmp_path).exit_code == 0
    assert issue(tmp_path).exit_code == 0
    assert told("list").output.split("\t")[:2] == [ICCID, MSISDN]

    card = SimCard.make(tmp_path / "card.json", ICCID, MSISDN, "aes", 1, MASTERS)
    engine = open_engine(load_settings())
    masters = MasterKeys(engine.keys, StoredKeys(engine))
    orders = CardOrders(engine, Keyring(masters), lambda: datetime.now(UTC))
    (answer,) = orders.take([CardMessage(MSISDN, card.recharge(NUMBER, 5000, PASSWORD))])
    engine.close()
    assert "已受理" in answer.text
    assert NUMBER in told("show", ICCID).output


def test_a_point_that_is_not_there_gets_no_card(world: World, tmp_path: Path) -> None:
    add_keys(tmp_path)
    refused = issue(tmp_path, "NOBODY")
    assert refused.exit_code == 1
    assert f"{ICCID}: " in refused.output
    assert "NOBODY" in refused.output
    assert "unknown_object" not in refused.output
    assert told("list").output == ""


def test_a_key_update_can_be_made(world: World, tmp_path: Path) -> None:
    add_keys(tmp_path)
    told("activate-keys", KEY_SET, 1)
    issue(tmp_path)
    card = SimCard.make(tmp_path / "card.json", ICCID, MSISDN, "aes", 1, MASTERS)
    # The next version's keys, with the roles exchanged, come under the ones the card has.
    (tmp_path / "kic").write_text(MASTERS[1].hex())
    (tmp_path / "kid").write_text(MASTERS[0].hex())
    assert "2" in told("add-keys", KEY_SET, "aes", "--kic-file", tmp_path / "kic", "--kid-file", tmp_path / "kid").output
    told("activate-keys", KEY_SET, 2)
    update = told("key-update", ICCID, 2, "--print")
    assert update.exit_code == 0
    assert card.hear(bytes.fromhex(update.output)) is not None


def test_a_key_update_is_handed_to_the_gateway(world: World, tmp_path: Path) -> None:
    add_keys(tmp_path)
    told("activate-keys", KEY_SET, 1)
    issue(tmp_path)
    (tmp_path / "kic").write_text(MASTERS[1].hex())
    (tmp_path / "kid").write_text(MASTERS[0].hex())
    told("add-keys", KEY_SET, "aes", "--kic-file", tmp_path / "kic", "--kid-file", tmp_path / "kid")
    assert told("key-update", ICCID, 2).exit_code == 0
    ((number, text, octets),) = world.rows("SELECT msisdn, text, user_data FROM stk_notice")
    assert (number, text, bytes(octets)[:3].hex()) == (MSISDN, "", "027000")


def test_every_agents_phone_gets_a_notice(world: World, tmp_path: Path) -> None:
    add_keys(tmp_path)
    issue(tmp_path)
    world.office.endpoints.bind(SHELL, EndpointKind.PHONE_LINE, "13800138009", "A")
    done = told("notice", "CMCC is slow", "--hours", 3)
    assert "2" in done.output
    assert done.exit_code == 0
    rows = world.rows("SELECT msisdn, text, state FROM stk_notice ORDER BY msisdn")
    assert [tuple(row) for row in rows] == [(MSISDN, "CMCC is slow", "waiting"), ("13800138009", "CMCC is slow", "waiting")]


@pytest.mark.parametrize("text", ["  ", "x" * 336])
def test_a_notice_has_words_and_not_too_many(world: World, text: str) -> None:
    assert told("notice", text).exit_code == 2
    assert world.rows("SELECT id FROM stk_notice") == []


def test_problems_are_told_in_the_operators_language(world: World) -> None:
    assert CliRunner().invoke(office, ["show", ICCID]).output.startswith("没有这张卡")
    assert told("show", ICCID).output.startswith("There is no")


def test_settings_that_are_missing_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KONGCHONG_DATABASE_URL", "KONGCHONG_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.argv", ["office", "list"])
    with pytest.raises(SystemExit, match="KONGCHONG_DATABASE_URL"):
        main()
