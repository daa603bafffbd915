"""Sign-in and its keys, sign-off, echo, parameters, status and pre-check, as a terminal sees them."""

from datetime import timedelta

import pytest

from pos import tables
from pos.codec.message import Message
from pos.fields.elements import Tag
from tests.pos.stand import TERMINAL, Stand
from tests.support.world import NUMBER, World


def test_the_first_sign_in_opens_the_first_batch(unsigned: Stand) -> None:
    answer = unsigned.sign_in()
    assert (answer.mti, answer.text(39), answer.text(60), answer.text(32)) == ("0810", "00", "00000001003", "00000000")
    assert len(answer.octets(62)) == 40
    assert 64 not in answer.fields
    assert (answer.text(12), answer.text(13)) == ("100000", "1120")
    [batch] = unsigned.rows(tables.batch)
    assert (batch["number"], batch["state"]) == (1, "open")


def test_every_sign_in_brings_other_keys_and_keeps_the_batch(unsigned: Stand) -> None:
    unsigned.sign_in()
    first = unsigned.hand.mac_key, unsigned.hand.pin_key
    unsigned.sign_in()
    assert unsigned.hand.mac_key not in first
    assert unsigned.hand.batch == 1
    assert unsigned.sold()[1].text(39) == "00"


def test_the_same_sign_in_twice_is_one(unsigned: Stand) -> None:
    first = unsigned.sign_in(trace=7)
    again = unsigned.sign_in(trace=7)
    assert again.fields[62] == first.fields[62]
    unsigned.world.clock.pass_time(minutes=3)
    later = unsigned.sign_in(trace=7)
    assert later.fields[62] != first.fields[62]


def test_two_processes_sign_it_in_at_once(unsigned: Stand) -> None:
    frames = [unsigned.hand.frame(unsigned.hand.sign_in_message(), mac=False) for _ in range(2)]
    opened = unsigned.judged(*frames)
    codes = [unsigned.desk.take([item])[0].code for item in opened]  # type: ignore[list-item]
    assert codes == ["00", "96"]


def test_with_a_track_key(unsigned: Stand) -> None:
    answer = unsigned.sign_in(network="004")
    assert len(answer.octets(62)) == 60
    [row] = unsigned.rows(tables.terminal)
    assert row["track_key"] is not None


@pytest.mark.parametrize("profile", ["cup", "x99"])
def test_a_single_mac_key_stands_in_the_room_of_a_double_one(world: World, profile: str) -> None:
    stand = Stand(world, profile)
    answer = stand.sign_in()
    assert answer.octets(62)[28:36] == bytes(8)
    _, sold = stand.sold()
    assert sold.text(39) == "00"
    assert 64 in sold.fields
    echo = stand.hand.message("0820", {}, network="301")
    assert 64 not in stand.send(echo, mac=False).fields
    stand.close()


def test_no_key_no_sign_in(world: World) -> None:
    stand = Stand(world)
    with world.database.write() as connection:
        connection.execute(tables.terminal.update().values(master=None))
    assert stand.send(stand.hand.sign_in_message(), mac=False).text(39) == "97"
    stand.close()


def test_another_serial_number(world: World) -> None:
    stand = Stand(world, serial="SN999999")
    assert stand.send(stand.hand.sign_in_message(), mac=False).text(39) == "58"
    told = stand.hand.sign_in_message()
    right = Message("0800", {**told.fields, 62: b"Sequence No08SN999999"})
    assert stand.send(right, mac=False).text(39) == "00"
    wrong = Message("0800", {**told.fields, 62: b"Sequence No99SN999999"})
    assert stand.send(wrong, mac=False).text(39) == "30"
    stand.close()


def test_after_the_last_batch_number_there_is_no_other(unsigned: Stand) -> None:
    with unsigned.world.database.write() as connection:
        connection.execute(tables.terminal.update().values(batch=999_999))
    assert unsigned.send(unsigned.hand.sign_in_message(), mac=False).text(39) == "96"


def test_signing_off_takes_the_keys(stand: Stand) -> None:
    answer = stand.send(stand.hand.message("0820", {11: "000009"}, network="002"), mac=False)
    assert (answer.mti, answer.text(39)) == ("0830", "00")
    assert stand.send(stand.hand.sale()).text(39) == "A0"


def test_an_echo_carries_a_mac_once_signed_in(stand: Stand) -> None:
    answer = stand.send(stand.hand.message("0820", {}, network="301"), mac=False)
    assert (answer.text(39), 64 in answer.fields, 11 in answer.fields) == ("00", True, False)


def test_parameters_block_by_block(stand: Stand) -> None:
    assert stand.last_frame.header[5] == "1"
    asked = stand.hand.message("0800", {11: "000010", 62: b"000000"}, network="360")
    answer = stand.send(asked)
    assert answer.octets(62).startswith(b"00030")
    assert "空中充值".encode("gbk") in answer.octets(62)
    done = stand.hand.message("0800", {11: "000011"}, network="361")
    assert stand.send(done).text(39) == "00"
    assert stand.last_frame.header[5] == "0"
    [row] = stand.rows(tables.terminal)
    assert row["parameters"] == 3
    assert stand.send(Message("0800", {**asked.fields, 62: b"x"})).text(39) == "30"


def test_where_there_are_no_parameters(stand: Stand) -> None:
    from pos.desk import Desk, DeskRules

    stand.desk = Desk(stand.engine, stand.vault, stand.now, stand.day_of, DeskRules())
    assert stand.send(stand.hand.message("0800", {11: "000010", 62: b"000000"}, network="360")).text(39) == "40"
    assert stand.send(stand.hand.message("0800", {11: "000011"}, network="361")).text(39) == "00"


@pytest.mark.parametrize(("told", "code"), [(b"001low on paper", "00"), (b"\xff", "30"), (b"x" * 61, "30"), (b"a\nb", "30")])
def test_a_status(stand: Stand, told: bytes, code: str) -> None:
    assert stand.send(stand.hand.message("0820", {62: told}, network="362"), mac=False).text(39) == code
    [row] = stand.rows(tables.terminal)
    assert row["status"] == ("001low on paper" if code == "00" else "")


def test_what_a_number_is(stand: Stand) -> None:
    def ask(number: str) -> Message:
        sale = stand.hand.sale(number=number)
        fields = {field: sale.fields[field] for field in (41, 42, 48)} | {3: "310000", 11: "000020", 25: "87", 60: "01000001000"}
        return stand.send(Message("0100", fields))

    answer = ask(NUMBER)
    assert (answer.mti, answer.text(39)) == ("0110", "00")
    told = stand.elements(answer)
    assert (told[Tag.CARRIER], told[Tag.PROVINCE], told[Tag.AMOUNTS]) == ("CM", "北京", "1000,3000,5000,10000")
    assert told[Tag.TEXT] == "中国移动 北京"
    refused = ask("19900000000")
    assert refused.text(39) == "14"
    assert "号段" in stand.elements(refused)[Tag.TEXT]


def test_forced_to_sign_in_again(stand: Stand) -> None:
    stand.registry.force_sign_in(TERMINAL)
    answer = stand.send(stand.hand.sale())
    assert (answer.text(39), stand.last_frame.header[5]) == ("A0", "3")
    assert stand.send(stand.hand.message("0820", {}, network="301"), mac=False).text(39) == "00"
    assert stand.last_frame.header[5] == "3"
    stand.sign_in()
    assert stand.last_frame.header[5] == "1"
    assert stand.sold()[1].text(39) == "00"


def test_a_key_store_that_is_away_says_that_nothing_was_done(unsigned: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    from pos.keys.vault import VaultError

    def away(*_: object) -> None:
        raise VaultError("away")

    monkeypatch.setattr(unsigned.vault, "new_work_key", away)
    assert unsigned.send(unsigned.hand.sign_in_message(), mac=False).text(39) == "96"


def test_a_silent_night_does_not_change_the_batch(unsigned: Stand) -> None:
    unsigned.sign_in()
    unsigned.world.clock.pass_time(hours=timedelta(hours=5) / timedelta(hours=1))
    unsigned.sign_in()
    assert unsigned.hand.batch == 1
