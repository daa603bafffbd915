"""Plain-text commands: as people type them, and formats that are checked before they are taken."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recharge import Balance, Complaint, DayRecap, LastOrder, OrderEnquiry, Recharge
from stk_sms.commands import DEFAULT_FORMATS, BadFormats, Command, Commands, Format, Unclear, read_formats, tidy

SALE, ENQUIRY = "0353911", "0353910"


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.mark.parametrize(
    ("recipient", "text", "command"),
    [
        ("", "I.SIM10.081389092678.2233", Command(Recharge("081389092678", product_code="SIM10"), "2233")),
        ("", "S10.081389092678.2233", Command(Recharge("081389092678", product_code="S10"), "2233")),
        (SALE, "13800138000 50", Command(Recharge("13800138000", 5000), None)),
        (SALE, "+8613800138000 50", Command(Recharge("+8613800138000", 5000), None)),
        (ENQUIRY, "00", Command(Balance(), None)),
        (ENQUIRY, "11", Command(LastOrder(), None)),
        ("", "C 13800138000", Command(OrderEnquiry(number="13800138000"), None)),
        ("", "R", Command(DayRecap(), None)),
        ("", "k 1234567 not there", Command(Complaint("1234567", "NOT THERE"), None)),
        ("", "TIKET.500.274961", Command(Balance(), "274961", 50000)),
        ("", "tiket 500 274961", Command(Balance(), "274961", 50000)),
    ],
)
def test_what_people_type(commands: Commands, recipient: str, text: str, command: Command) -> None:
    assert commands.parse(recipient, text) == command


@pytest.mark.parametrize(
    "text",
    [
        "s10.13800138000.2233",
        " S10 , 13800138000 ,2233 ",
        "Ｓ１０．１３８００１３８０００．２２３３",
        "S10*13800138000*2233",
        "S10#13800138000#2233#",
        "S10\u300013800138000\u30002233",
        "S10..13800138000\r\n2233",
        "S10\u200b.13800138000.2233",
    ],
)
def test_stray_spaces_and_full_width_forms(commands: Commands, text: str) -> None:
    assert commands.parse("", text) == Command(Recharge("13800138000", product_code="S10"), "2233")


@pytest.mark.parametrize("text", ["S10.13800138000.2233.2", "S10.13800138000.2233#2", "S10 13800138000 2233 2"])
def test_a_second_order_is_marked(commands: Commands, text: str) -> None:
    assert commands.parse("", text).operation == Recharge("13800138000", product_code="S10", repeat_mark=2)


def test_a_mark_behind_an_amount_cannot_be_taken_for_a_fraction(commands: Commands) -> None:
    assert commands.parse(SALE, "13800138000 50#2").operation == Recharge("13800138000", 5000, repeat_mark=2)
    for text in ("13800138000 50.5", "13800138000 50．5", "13800138000 50.50"):
        with pytest.raises(Unclear):
            commands.parse(SALE, text)


@pytest.mark.parametrize(
    ("recipient", "text"),
    [
        ("", ""),
        ("", "hello"),
        (SALE, "00"),
        ("", "00"),
        (ENQUIRY, "13800138000 50"),
        (SALE, "13800138000"),
        ("", "S10.138.2233"),
        ("", "S10.13800138000.22"),
        ("", "S10.13800138000.2233.1"),
        ("", "S10.13800138000.2233.10"),
        (SALE, "13800138000 -50"),
        ("", "I.SIM10.081389092678.2233 and more"),
    ],
)
def test_what_is_no_command(commands: Commands, recipient: str, text: str) -> None:
    with pytest.raises(Unclear):
        commands.parse(recipient, text)


@given(st.text(max_size=400), st.sampled_from(["", SALE, ENQUIRY]))
def test_any_text_is_a_command_or_unclear(text: str, recipient: str) -> None:
    try:
        Commands().parse(recipient, text)
    except Unclear as error:
        if text and text in str(error) and len(text) > 3:
            raise


@given(st.text(max_size=100))
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


def test_no_password_is_shown(commands: Commands) -> None:
    assert "2233" not in repr(commands.parse("", "S10.13800138000.2233"))


@pytest.mark.parametrize(
    ("each", "word"),
    [
        (Format("sell", "X", "X"), "not one of"),
        (Format("recharge", "X {number}", "X 13800138000"), "do not make a recharge"),
        (Format("balance", "X {number}", "X 13800138000"), "do not make a balance"),
        (Format("recharge", "{number} {number} {amount}", "13800138000 50"), "do not make"),
        (Format("recharge", "{number} {sum}", "13800138000 50"), "do not make"),
        (Format("recharge", "{mark} {number} {amount}", "2 13800138000 50"), "at the end"),
        (Format("status", "C {number} {mark}", "C 13800138000"), "at the end"),
        (Format("complaint", "{text} {order}", "nothing 1234567"), "at the end"),
        (Format("balance", "00", "0"), "is not read"),
        (Format("recharge", "I {product} {number}", "I.13800138000"), "is not read"),
    ],
)
def test_a_format_that_cannot_be_is_named(each: Format, word: str) -> None:
    with pytest.raises(BadFormats) as caught:
        Commands([each])
    assert word in str(caught.value)
    assert each.template in str(caught.value)


def test_a_format_s_own_words_count_more_than_fields(commands: Commands) -> None:
    # TIKET could be a product and 1000000 a number.
    assert commands.parse("", "TIKET.1000000.274961") == Command(Balance(), "274961", 100000000)
    alike = [
        Format("recharge", "{number} {product}", "13800138000 S10"),
        Format("recharge", "{number} {password} {product}", "13800138000 2233 S10"),
    ]
    assert Commands(alike).parse("", "13800138000 2233 S10").password == "2233"


@pytest.mark.parametrize("text", ["TIKET.500", "TIKET.0.274961", "TIKET.500.50.274961", "TIKET.x.274961", "TIKET.274961", "TIKET"])
def test_what_is_no_ticket(commands: Commands, text: str) -> None:
    with pytest.raises(Unclear):
        commands.parse("", text)


def test_a_ticket_is_asked_for_with_the_password() -> None:
    for template, sample, word in (
        ("TIKET {amount}", "TIKET 500", "needs the password"),
        ("TIKET {number} {password}", "TIKET 13800138000 2233", "do not make"),
        ("TIKET {amount} {password} {mark}", "TIKET 500 274961", "at the end"),
    ):
        with pytest.raises(BadFormats, match=word):
            Commands([Format("ticket", template, sample)])


def test_a_sample_that_two_formats_read_is_refused() -> None:
    both = [Format("balance", "00", "00"), Format("last", "00", "00", frozenset({ENQUIRY}))]
    with pytest.raises(BadFormats, match="is read by"):
        Commands(both)


def test_every_problem_is_named() -> None:
    with pytest.raises(BadFormats) as caught:
        Commands([Format("sell", "X", "X"), Format("balance", "00", "1")])
    assert len(caught.value.problems) == 2


def test_formats_are_read_from_json() -> None:
    told = [
        {"intent": each.intent, "template": each.template, "sample": each.sample, "access": sorted(each.access)} for each in DEFAULT_FORMATS
    ]
    assert read_formats(json.dumps(told)) == DEFAULT_FORMATS


@pytest.mark.parametrize(
    "text", ["", "{}x", "[1]", '[{"intent": "balance"}]', '[{"intent": "balance", "template": "0", "sample": "0", "colour": 1}]', "null"]
)
def test_json_that_is_no_list_of_formats(text: str) -> None:
    with pytest.raises(BadFormats):
        read_formats(text)


def test_access_is_a_list() -> None:
    with pytest.raises(BadFormats):
        read_formats('[{"intent": "balance", "template": "0", "sample": "0", "access": "123"}]')


def test_a_dialogues_answers() -> None:
    values = {"number": "１３８００１３８０００", "amount": " 50 ", "password": "274961"}
    assert Commands.command_of("recharge", values) == Command(Recharge("13800138000", 5000), "274961")
    for wrong in ({"number": "x", "amount": "50"}, {"amount": "50"}, {"number": "13800138000", "amount": "5x"}, {"colour": "1"}):
        with pytest.raises(Unclear):
            Commands.command_of("recharge", wrong)


def test_a_field_in_capital_letters_is_that_field() -> None:
    (read,) = read_formats('[{"intent": "recharge", "template": "{Number} {AMOUNT}", "sample": "13800138000 50"}]')
    assert Commands([read]).parse("", "13800138000 50").operation == Recharge("13800138000", 5000)


def test_a_dialogues_answers_for_a_ticket() -> None:
    command = Commands.command_of("ticket", {"amount": "５００", "password": "274961"})
    assert (command.ticket_minor, command.password, command.operation) == (50000, "274961", Balance())
    for amount in ("0", "50.5", "many", ""):
        with pytest.raises(Unclear):
            Commands.command_of("ticket", {"amount": amount, "password": "274961"})
