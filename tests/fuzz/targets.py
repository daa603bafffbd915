"""What is fuzzed: each target takes any octets, and may refuse them in the parser's own way and in no other."""

from collections.abc import Callable
from pathlib import Path

from stk_sms.cards.card_list import read_list
from stk_sms.cards.errors import CardError
from stk_sms.cards.gate import GateRules, national
from stk_sms.packet import (
    Algorithm,
    CardKeys,
    PacketError,
    check_level,
    open_command,
    open_receipt,
    parse_body,
    parse_command,
    seal_command,
    write_body,
)

CORPUS = Path(__file__).parent / "corpus"
KEYS = CardKeys(bytes(range(1, 17)), bytes(range(65, 81)))
TAR = bytes.fromhex("b2c001")


def stk_command(data: bytes) -> None:
    """The whole way of a packet that nobody proved: it must never open."""
    try:
        packet = parse_command(data)
        level = check_level(packet.spi, packet.kic, packet.kid, packet.header_length)
    except PacketError:
        return
    if level.algorithm is Algorithm.TRIPLE_DES_3:
        return
    try:
        open_command(packet, level.algorithm, KEYS)
    except PacketError:
        return
    raise AssertionError("a packet without proof was opened")


def stk_sealed(data: bytes) -> None:
    """A proved packet with any data: it opens to what was sealed, or does not fit."""
    try:
        user_data = seal_command(Algorithm.AES, 1, KEYS, TAR, len(data), data)
    except PacketError:
        return
    opened = open_command(parse_command(user_data), Algorithm.AES, KEYS)
    assert (opened.counter, opened.data) == (len(data), data)


def stk_body(data: bytes) -> None:
    """A body is read so that it can be written again, or refused."""
    try:
        body = parse_body(data)
    except PacketError:
        return
    assert parse_body(write_body(body)) == body


def stk_receipt(data: bytes) -> None:
    """A receipt that nobody proved never opens."""
    for algorithm in (Algorithm.AES, Algorithm.TRIPLE_DES_2):
        try:
            open_receipt(data, algorithm, KEYS)
        except PacketError:
            continue
        raise AssertionError("a receipt without proof was opened")


def stk_card_list(data: bytes) -> None:
    """A list of cards is read or refused with a line."""
    try:
        read_list(data.decode("utf-8", "replace"), GateRules())
    except CardError as error:
        if not error.facts["line"].isdigit():
            raise


def stk_sender(data: bytes) -> None:
    """Any address becomes digits."""
    number = national(data.decode("utf-8", "replace"), GateRules())
    assert not number or number.isdigit()


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (stk_command, stk_sealed, stk_body, stk_receipt, stk_card_list, stk_sender)
}


def corpus(name: str) -> list[bytes]:
    """The kept inputs of a target, one a line in hexadecimal."""
    return [bytes.fromhex(line) for line in (CORPUS / f"{name}.hex").read_text("ascii").splitlines()]
