"""The interface page (docs/pos.md) and the simulated terminal say the same: packing, messages, elements, parameters and codes."""

import re
from pathlib import Path

import pytest

from simulators.pos_terminal import business, parameters, requests, specification
from simulators.pos_terminal.codes import CODES
from simulators.pos_terminal.memory import CONFIRM, REVERSAL, Pending, Sale, State
from simulators.pos_terminal.messages import Message
from tests.support import source

PAGE = (source.ROOT / "docs" / "pos.md").read_text("utf-8")
STATE = State("T0000001", "M00000000001001", "KC1", "00" * 16, batch="000003")
SALE = Sale("recharge", "000003", "000007", "13800138000", 5000, date="1127", reference="R00000000007", order="9")
TAKE_BACK = Sale("cancel", "000003", "000008", "13800138000", 5000, original="000007", original_batch="000003")
BLOCK = "00" * 8
SOLD = requests.recharge(STATE, SALE, BLOCK)
IN_DOUBT = {policy: Pending(requests.kept(SOLD), "000003", "000007", policy) for policy in (CONFIRM, REVERSAL)}

SENT: dict[str, list[Message]] = {
    "sign-in": [requests.sign_in(STATE, "000001")],
    "sign-off": [requests.sign_off(STATE, "000001")],
    "echo": [requests.echo(STATE)],
    "parameters": [requests.download(STATE, "000001", "00" * 6)],
    "status": [requests.status(STATE, "000001", "000")],
    "balance": [requests.balance(STATE, "000001", BLOCK)],
    "number": [requests.check_number(STATE, "000001", "13800138000")],
    "recharge": [SOLD],
    "confirm": [requests.follow_up(IN_DOUBT[CONFIRM])],
    "cancel": [requests.cancel(STATE, TAKE_BACK, SALE, BLOCK)],
    "reversal": [requests.follow_up(IN_DOUBT[REVERSAL])],
    "settlement": [requests.settlement(STATE, "000001", "0" * 62)],
    "upload": [requests.upload(STATE, "000001", "00"), requests.upload_end(STATE, "000001", 0, balanced=True)],
}


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    part = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("|") and not set(line) <= set("|- ")]
    return [[cell.strip().strip("*") for cell in line.strip("|").split("|")] for line in lines][1:]


MESSAGES = {row[0]: row for row in rows("Messages")}


def test_every_message_of_the_page_is_sent() -> None:
    assert set(MESSAGES) == set(SENT)


@pytest.mark.parametrize("name", SENT)
def test_type_and_codes_are_the_pages(name: str) -> None:
    _, message_type, processing, condition, kind, *_ = MESSAGES[name]
    nets = set(re.findall(r"[0-9]{3}", kind.partition("/")[2]))
    for message in SENT[name]:
        assert message.type == message_type
        if processing.isdigit():
            assert (message.get(3), message.get(25)) == (processing, condition)
        if nets:
            assert message.get(60)[:2] == kind[:2]
            assert message.get(60)[8:11] in nets


@pytest.mark.parametrize("name", SENT)
def test_every_field_the_page_asks_for_is_sent(name: str) -> None:
    asked = re.sub(r"\([^)]*\)|60\.[0-9]|no 64.*|if asked", "", MESSAGES[name][5])
    for message in SENT[name]:
        missing = {int(number) for number in re.findall(r"[0-9]+", asked)} - set(message.fields)
        assert not missing


def test_every_packed_kind_is_the_pages() -> None:
    """Fields of a fixed number of digits or letters have the page's lengths."""
    part = PAGE.split("\n## Packing\n", 1)[1].split("\n### ", 1)[0]
    found = re.findall(r"\| ([0-9, ]+) \| (n|an|ans)([0-9]+)(?:, ans([0-9]+))?[ ,|]", part)
    fixed = {int(number): int(length) for numbers, _, length, _ in found for number in numbers.split(",")}
    fixed[42] = 15
    assert len(fixed) >= 12
    for number, length in fixed.items():
        assert specification.USUAL[str(number)]["max_len"] == length, number
        assert specification.USUAL[str(number)]["len_type"] == 0, number


def test_the_pages_example_of_field_48_is_packed_so() -> None:
    example = re.findall(r"`(CZ01[^`]*#)`", PAGE)[0]
    values = business.unpack(example.encode("gbk").hex())
    assert bytes.fromhex(business.pack(values)).decode("gbk") == example


def test_the_elements_have_the_pages_tags() -> None:
    listed = dict(re.findall(r"^\| ([0-9]{2}) \| (?:both|answer|request) \| ([a-z']+)", PAGE, re.MULTILINE))
    assert listed[business.NUMBER].startswith("customer")
    known = {
        business.CARRIER: "carrier",
        business.PRODUCT: "product",
        business.ORDER: "order",
        business.SERIAL: "carrier's",
        business.BALANCE: "balance",
        business.TEXT: "text",
        business.MARK: "repeat",
        business.PROVINCE: "province",
        business.AMOUNTS: "amounts",
        business.STATE: "outcome",
    }
    assert {tag: listed[tag] for tag in known} == known


def test_the_parameters_have_the_pages_tags() -> None:
    (line,) = [line for line in PAGE.replace("\n  ", " ").splitlines() if "F62 of 0800 parameters" in line]
    tags = re.findall(r"`(0[1-9])` ", line)
    assert tags == sorted(parameters._NAMES)


def test_every_code_of_the_page_is_explained_on_the_display() -> None:
    listed = {code.strip() for row in rows("F39") for cell in (row[0], row[2]) for code in cell.split(",") if code.strip()}
    assert len(listed) >= 25
    assert listed <= set(CODES)


def test_the_page_is_where_the_terminals_page_says() -> None:
    assert "(../../docs/pos.md)" in (Path(specification.__file__).parent / "README.md").read_text("utf-8")
