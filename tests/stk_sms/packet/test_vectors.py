"""Every usable published vector: those of sufficient strength open to what they say, the others are refused for what they lack."""

from typing import Any

import pytest

from stk_sms.packet import (
    CommandPacket,
    PacketError,
    ResponseStatus,
    card_keys,
    check_level,
    open_command,
    open_receipt,
    parse_body,
    parse_command,
    seal_command,
    write_body,
)
from stk_sms.packet.crypto import checksum
from tests.stk_sms.packet import vectors

# Names of the vectors that are ciphered with AES or triple DES and carry a checksum of eight octets with the same algorithm.
STRONG = {
    "test-request-023",
    "test-request-025",
    "test-request-029",
    "test-request-030",
    "test-request-031",
    "aes128-cc-ciphered",
    "pysim-3des-ciphered-cc-1",
    "pysim-3des-ciphered-cc-2",
    "pysim-3des-ciphered-cc-3",
    "pysim-aes128-ciphered-cc",
}
# Those whose header is strong enough as it stands: a counter, and a key version.
TAKEN = {"test-request-025", "test-request-029", "test-request-030", "test-request-031"}


def parsed(item: dict[str, Any]) -> CommandPacket:
    return parse_command(bytes.fromhex("027000" + item["packet"]))


def test_the_collection_is_whole() -> None:
    assert len(vectors.usable_commands()) == 28
    assert len(vectors.read("cc_only")) == 6
    assert {item["name"] for item in vectors.usable_commands()} >= STRONG


@pytest.mark.parametrize("item", vectors.usable_commands(), ids=vectors.name_of)
def test_a_command_header_reads_as_written(item: dict[str, Any]) -> None:
    packet = parsed(item)
    assert packet.tar.hex() == item["tar"]
    if "spi" in item:
        assert (packet.spi.hex(), f"{packet.kic:02x}", f"{packet.kid:02x}") == (item["spi"], item["kic_byte"], item["kid_byte"])
    else:
        assert (packet.kic >> 4, packet.kid >> 4) == (item["kic_idx"], item["kid_idx"])


@pytest.mark.parametrize("item", [item for item in vectors.usable_commands() if item["name"] in STRONG], ids=vectors.name_of)
def test_a_strong_command_opens(item: dict[str, Any]) -> None:
    packet = parsed(item)
    opened = open_command(packet, vectors.NIBBLES[packet.kic & 15], vectors.keys_of(item))
    assert opened.data.hex() == item["data"]
    assert opened.counter == int(item["counter"], 16)


@pytest.mark.parametrize(
    "item", [item for item in vectors.usable_commands() if item["name"] in STRONG and item["kic"] != item["kid"]], ids=vectors.name_of
)
def test_a_strong_command_does_not_open_with_keys_exchanged(item: dict[str, Any]) -> None:
    packet, keys = parsed(item), vectors.keys_of(item)
    exchanged = type(keys)(keys.kid, keys.kic)
    with pytest.raises(PacketError) as caught:
        open_command(packet, vectors.NIBBLES[packet.kic & 15], exchanged)
    assert caught.value.status is ResponseStatus.CHECKSUM_FAILED


@pytest.mark.parametrize("item", vectors.usable_commands(), ids=vectors.name_of)
def test_the_least_level_is_held(item: dict[str, Any]) -> None:
    packet = parsed(item)
    if item["name"] in TAKEN:
        level = check_level(packet.spi, packet.kic, packet.kid, packet.header_length)
        assert level.key_version == packet.kic >> 4
        return
    with pytest.raises(PacketError) as caught:
        check_level(packet.spi, packet.kic, packet.kid, packet.header_length)
    assert caught.value.status is ResponseStatus.INSUFFICIENT_LEVEL


@pytest.mark.parametrize("item", [item for item in vectors.usable_commands() if item["name"] in TAKEN], ids=vectors.name_of)
def test_a_strong_command_is_sealed_to_the_same_octets(item: dict[str, Any]) -> None:
    packet = parsed(item)
    algorithm = vectors.NIBBLES[packet.kic & 15]
    sealed = seal_command(
        algorithm, packet.kic >> 4, vectors.keys_of(item), packet.tar, int(item["counter"], 16), bytes.fromhex(item["data"]), packet.spi
    )
    assert sealed.hex() == "027000" + item["packet"]


@pytest.mark.parametrize("item", vectors.read("cc_only"), ids=vectors.name_of)
def test_checksums(item: dict[str, Any]) -> None:
    proved = bytes.fromhex(item["data1"] + item["data2"])
    assert checksum(vectors.CHECKSUM_KINDS[item["algo"]], bytes.fromhex(item["key"]), proved).hex() == item["checksum"]


@pytest.mark.parametrize("name", ["test-request-026", "des3-2key-cc-clear"])
def test_the_checksum_of_a_command_in_clear(name: str) -> None:
    item = next(item for item in vectors.usable_commands() if item["name"] == name)
    packet = parsed(item)
    head, proof, data = packet.secured[:6], packet.secured[6:14], packet.secured[14:]
    assert checksum(vectors.NIBBLES[packet.kid & 15], vectors.keys_of(item).kid, packet.clear + head + data) == proof


RECEIPTS = {
    "pysim-por-3des-cc-ciphered": "01612f",
    "pysim-por-sja5-3des-cc-ciphered": "016132",
    "pysim-por-aes128-cc-ciphered": "016132",
}


@pytest.mark.parametrize("item", [item for item in vectors.read("responses") if item["name"] in RECEIPTS], ids=vectors.name_of)
def test_a_receipt_opens(item: dict[str, Any]) -> None:
    receipt = open_receipt(bytes.fromhex(item["tpud"]), vectors.CHECKSUM_KINDS[item["algo"]], vectors.keys_of(item))
    assert receipt.data.hex() == RECEIPTS[item["name"]] == item["data"]
    assert receipt.status == item["status"]
    assert receipt.tar.hex() == "b00011"


def test_a_receipt_in_clear_or_without_checksum_is_refused() -> None:
    by_name = {item["name"]: item for item in vectors.read("responses")}
    clear = by_name["pysim-por-3des-cc-clear"]
    with pytest.raises(PacketError):
        open_receipt(bytes.fromhex(clear["tpud"]), vectors.PROFILES["3des2"], vectors.keys_of(clear))
    unproved = by_name["por-3des-ciphered-nocc-cntr1a"]
    with pytest.raises(PacketError) as caught:
        open_receipt(bytes.fromhex("027100" + unproved["packet"]), vectors.PROFILES["3des2"], vectors.keys_of(unproved))
    assert caught.value.status is ResponseStatus.INSUFFICIENT_LEVEL


@pytest.mark.parametrize("item", vectors.own_examples(), ids=vectors.name_of)
def test_our_own_examples_from_master_key_to_order_and_back(item: dict[str, str]) -> None:
    algorithm = vectors.PROFILES[item["profile"]]
    masters = (bytes.fromhex(item["master_kic"]), bytes.fromhex(item["master_kid"]))
    keys = card_keys(algorithm, *masters, item["iccid"], 1)
    assert (keys.kic.hex(), keys.kid.hex()) == (item["kic"], item["kid"])
    packet = parse_command(bytes.fromhex(item["tp_ud"]))
    assert check_level(packet.spi, packet.kic, packet.kid, packet.header_length).algorithm is algorithm
    opened = open_command(packet, algorithm, keys)
    assert opened.data.hex() == item["body"]
    assert opened.counter == int(item["cntr"], 16)
    body = parse_body(opened.data)
    assert (body.number, body.amount_minor, body.password) == ("13900001234", 10000, "123456")
    assert write_body(body) == opened.data
    assert seal_command(algorithm, 1, keys, packet.tar, opened.counter, opened.data, packet.spi).hex() == item["tp_ud"]
    assert len(bytes.fromhex(item["tp_ud"])) == int(item["octets"])
