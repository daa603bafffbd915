"""The SIM toolkit in four makes' forms: what is shown, and what answers it."""

import pytest

from gsm.modem.stk import DIALECTS, Shown, Wish, element, elements, proactive

ITEMS = {1: "5", 2: "10"}


@pytest.mark.parametrize(
    ("make", "line", "wish"),
    [
        ("wavecom", "+STIN: 3", Wish.INPUT),
        ("simcom", "+STIN: 99", Wish.END),
        ("wavecom", "+STIN: 5", Wish.OTHER),
        ("huawei", "^STIN: 6,4,0", Wish.ITEM),
        ("huawei", "^STIN: 99,0,0", Wish.END),
        ("quectel", "+QSTKURC: 35", Wish.INPUT),
        ("quectel", "+QSTKURC: 254", Wish.END),
        ("3gpp", "+CUSATEND", Wish.END),
        ("wavecom", "+CREG: 1", None),
        ("huawei", "+STIN: 3", None),
        ("quectel", "RING", None),
        ("3gpp", "+CUSATP: nonsense", None),
    ],
)
def test_what_the_card_wishes(make: str, line: str, wish: Wish | None) -> None:
    shown = DIALECTS[make].read(line)
    assert (shown.wish if shown else None) is wish


@pytest.mark.parametrize(
    ("make", "shown", "question", "lines"),
    [
        ("wavecom", Shown(Wish.ITEM), "AT+STGI=6", ['+STGI: 0,"Nominal"', '+STGI: 1,2,"5",0', '+STGI: 2,2,"10",0']),
        ("huawei", Shown(Wish.ITEM, index=4), "AT^STGI=6,4", ['^STGI: 0,2,"Nominal"', '^STGI: 1,2,"5",0', '^STGI: 2,2,"10",0']),
        (
            "quectel",
            Shown(Wish.ITEM, index=36),
            "AT+QSTKGI=36",
            ['+QSTKGI: 36,0,2,"Nominal"', '+QSTKGI: 36,1,"5",0', '+QSTKGI: 36,2,"10",0'],
        ),
    ],
)
def test_details_are_asked_for(make: str, shown: Shown, question: str, lines: list[str]) -> None:
    asked = DIALECTS[make].question(shown)
    assert asked is not None
    assert asked[0] == question
    told = DIALECTS[make].detailed(shown, lines)
    assert (told.text, told.items) == ("Nominal", ITEMS)


@pytest.mark.parametrize(
    ("make", "shown", "choose", "given", "picked", "confirmed", "cancelled"),
    [
        ("wavecom", Shown(Wish.INPUT), "AT+STGR=0,1,1", 'AT+STGR=3,1,"12"', "AT+STGR=6,1,2", "AT+STGR=1,1", "AT+STGR=3,0"),
        ("huawei", Shown(Wish.INPUT, index=7), "AT^STGR=0,0,1,1", 'AT^STGR=3,7,1,0,"12"', "AT^STGR=6,7,1,2", "AT^STGR=1,7,1",
         "AT^STGR=3,7,0"),
        ("quectel", Shown(Wish.INPUT, index=35), "AT+QSTKRSP=253,0,1", 'AT+QSTKRSP=35,0,"12"', "AT+QSTKRSP=35,0,2", "AT+QSTKRSP=35,0",
         "AT+QSTKRSP=254"),
    ],
)  # fmt: skip
def test_what_answers_it(make: str, shown: Shown, choose: str, given: str, picked: str, confirmed: str, cancelled: str) -> None:
    dialect = DIALECTS[make]
    assert dialect.choose("1") == choose
    assert dialect.answer(shown, "12") == given
    assert dialect.answer(Shown(Wish.ITEM, index=shown.index), "2") == picked
    assert dialect.answer(Shown(Wish.TEXT, index=shown.index), "") == confirmed
    assert dialect.cancel(shown) == cancelled


def select_item(labels: dict[int, bytes]) -> bytes:
    body = element(0x81, b"\x01\x24\x00") + element(0x82, b"\x81\x82") + element(0x85, b"Nominal")
    return element(0xD0, body + b"".join(element(0x8F, bytes([number]) + label) for number, label in labels.items()))


def test_the_cards_own_octets_are_read() -> None:
    shown = proactive(select_item({1: b"5", 2: b"10"}))
    assert (shown.wish, shown.text, dict(shown.items), shown.raw) == (Wish.ITEM, "Nominal", ITEMS, b"\x01\x24\x00")
    assert proactive(select_item({1: b"\x80" + "充值".encode("utf-16-be")})).items == {1: "充值"}
    line = f'+CUSATP: "{select_item({1: b"5"}).hex().upper()}"'
    read = DIALECTS["3gpp"].read(line)
    assert read is not None
    assert read.items == {1: "5"}


@pytest.mark.parametrize(
    ("value", "text"), [(b"\x04PIN:", "PIN:"), (b"\x08" + "密码".encode("utf-16-be"), "密码"), (b"\x00\xd0\xa4\x13", "PIN")]
)
def test_text_strings_in_three_alphabets(value: bytes, text: str) -> None:
    octets = element(0xD0, element(0x81, b"\x01\x23\x00") + element(0x8D, value))
    assert proactive(octets) == Shown(Wish.INPUT, text, raw=b"\x01\x23\x00")


@pytest.mark.parametrize("octets", [b"", b"\xd0", b"\xd0\x05\x81", b"\x00\x01\x02", b"\xd0\x02\x8f\x00"])
def test_senseless_octets_are_something_else(octets: bytes) -> None:
    assert proactive(octets).wish is Wish.OTHER


def test_long_elements() -> None:
    long = element(0x85, b"x" * 200)
    assert long[1:3] == b"\x81\xc8"
    assert elements(long + element(0x02, b"ab")) == [(5, b"x" * 200), (2, b"ab")]


def test_the_standards_answers() -> None:
    dialect = DIALECTS["3gpp"]
    assert dialect.question(Shown(Wish.ITEM)) is None
    assert dialect.detailed(Shown(Wish.TEXT), []) == Shown(Wish.TEXT)
    assert dialect.choose("2") == 'AT+CUSATE="D30782020181900102"'
    shown = Shown(Wish.INPUT, raw=b"\x01\x23\x00")
    assert dialect.answer(shown, "12") == 'AT+CUSATT="81030123008202828183010' + '08D03043132"'
    assert dialect.answer(Shown(Wish.ITEM, raw=b"\x01\x24\x00"), "2").endswith('900102"')
    assert dialect.cancel(shown).endswith('830110"')


@pytest.mark.parametrize(("step", "item"), [("10", "2"), ("#1", "1"), ("7", "")])
def test_an_item_by_its_label_or_its_place(step: str, item: str) -> None:
    assert Shown(Wish.ITEM, items=ITEMS).item(step) == item
