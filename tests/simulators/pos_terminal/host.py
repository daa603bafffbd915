"""A host for the terminal to talk to: raw sockets in a thread, a small book of its own, and orders to misbehave."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.simulators.pos_terminal import octets

MASTER = bytes.fromhex("CA5D92598DCA48CE8A4C76361A9269E9")
PIN_KEY = bytes.fromhex("807A23AD32B36D457AE91FDF927570EA")
MAC_KEYS = {
    "x9.19": bytes.fromhex("7CA110454A1A6E570131D9619DC1376E"),
    "cup-ecb": bytes.fromhex("5BB5C72CD00B7338"),
    "x9.9": bytes.fromhex("5BB5C72CD00B7338"),
}
PASSWORD = "274961"

Fields = dict[int, str]


@dataclass
class Heard:
    """A message as it came, and the octets around it."""

    type: str
    fields: Fields
    tpdu: bytes
    line: bytes
    mac_good: bool

    @property
    def net(self) -> str:
        """Field 60.3."""
        return self.fields[60][8:11]

    @property
    def key(self) -> tuple[str, str]:
        """Batch and trace."""
        return self.fields[60][2:8], self.fields.get(11, "")


@dataclass
class Host:
    """A host's settings and book.

    `misbehave` may change an answer, or give None to hang up without one; `before` gives what is sent ahead of it; `outcomes` are
    codes for the next sales, 00 when empty.
    """

    algorithm: str = "x9.19"
    heard: list[Heard] = field(default_factory=list)
    sold: dict[tuple[str, str], str] = field(default_factory=dict)
    outcomes: list[str] = field(default_factory=list)
    batch: int = 1
    wish: str = "0"
    balanced: bool = True
    parameters: list[str] = field(default_factory=lambda: ["00010" + element("02", "25") + element("05", "湘江路电讯店")])
    misbehave: Callable[[Heard, Fields], Fields | None] = lambda _, answer: answer
    before: Callable[[Fields], list[Fields]] = lambda _: []
    mac_on_all: bool = True
    forge: bool = False
    port: int = 0

    def types(self) -> list[str]:
        """Message types in the order in which they came."""
        return [one.type for one in self.heard]

    def mac(self, body: bytes) -> bytes:
        """Field 64 of a packed message."""
        return octets.MACS[self.algorithm](MAC_KEYS[self.algorithm], body[:-8])

    def answers(self, inside: bytes) -> list[bytes] | None:
        """What goes back for a frame, all without length; None hangs up."""
        tpdu, rest = inside[:5], inside[5:]
        line, rest = (rest[:33], rest[33:]) if rest[:3] == b"LRI" else (b"", rest)
        header, body = rest[:6].hex(), rest[6:]
        message_type, fields = octets.read(body)
        heard = Heard(message_type, fields, tpdu, line, 64 not in fields or body[-8:] == self.mac(body))
        self.heard.append(heard)
        told = self.misbehave(heard, self._said(heard))
        if told is None:
            return None
        around = tpdu[:1] + tpdu[3:5] + tpdu[1:3] + bytes.fromhex(header[:5] + self.wish + header[6:])
        return [around + self._packed(heard, one) for one in (*self.before(told), told)]

    def _packed(self, heard: Heard, told: Fields) -> bytes:
        if 64 in heard.fields and 64 not in told and self.mac_on_all:
            told[64] = "00" * 8
        packed = octets.write(f"{int(heard.type) + 10:04d}", {number: value for number, value in told.items() if value})
        if 64 in told:
            packed = packed[:-8] + (bytes(8) if self.forge else self.mac(packed))
        return packed

    def _said(self, heard: Heard) -> Fields:
        kept = {number: heard.fields[number] for number in (3, 4, 11, 41, 42, 49, 60) if number in heard.fields}
        answer = kept | {12: "101500", 13: "1127", 39: "00"}
        if not heard.mac_good:
            return answer | {39: "A0"}
        ways = {"0800": self._keys, "0200": self._sale, "0220": self._about, "0400": self._back, "0500": self._totals, "0100": self._whose}
        way = ways.get(heard.type)
        return answer if way is None else answer | way(heard)

    def _keys(self, heard: Heard) -> Fields:
        if heard.net == "360":
            block = int(bytes.fromhex(heard.fields[62])[4:])
            return {62: self.parameters[block].encode("gbk").hex()}
        if heard.net == "361":
            return {62: heard.fields[62]}
        mac_key = MAC_KEYS[self.algorithm]
        parts = [wrapped(PIN_KEY), octets.ede(PIN_KEY, bytes(8))[:4], wrapped(mac_key).ljust(16, b"\0"), octets.ede(mac_key, bytes(8))[:4]]
        return {60: f"00{self.batch:06d}003", 62: b"".join(parts).hex(), 32: "12345678"}

    def _sale(self, heard: Heard) -> Fields:
        if octets.ede(PIN_KEY, bytes.fromhex(heard.fields[52]), decrypt=True) != bytes.fromhex(f"06{PASSWORD}FFFFFFFF"):
            return {39: "55"}
        if heard.fields[3] == "310000":
            return {54: "0002156C000000012345", 37: "R00000000001"}
        if heard.key not in self.sold:
            self.sold[heard.key] = self.outcomes.pop(0) if self.outcomes else "00"
        return self._about(heard)

    def _about(self, heard: Heard) -> Fields:
        """The state of a sale; what never came is noted, so that it never will be done."""
        code = self.sold.setdefault(heard.key, "12" if heard.type == "0220" else "00")
        if heard.type == "0220" and code == "12":
            return {39: "25"}
        words = {"04": "900000000000000001", "05": "CM20261127", "06": "950000", "07": "话费到账"}
        text = "CZ01" + "".join(f"{tag}{len(value.encode('gbk')):02d}{value}" for tag, value in words.items()) + "#"
        return {39: code, 37: f"R{heard.key[1]:0>11}", 15: "1127", 48: text.encode("gbk").hex()}

    def _back(self, heard: Heard) -> Fields:
        if heard.key not in self.sold:
            self.sold[heard.key] = "12"
            return {39: "25"}
        self.sold[heard.key] = "12"
        return {}

    def _totals(self, heard: Heard) -> Fields:
        digits = heard.fields[48]
        return {39: "", 48: digits[:30] + ("1" if self.balanced else "2") + digits[31:61] + "1"}

    def _whose(self, heard: Heard) -> Fields:
        return {48: "CZ010111138001380000202CM0904湖南#".encode("gbk").hex()}


def element(tag: str, value: str) -> str:
    """A parameter as field 62 carries it."""
    return f"{tag}{len(value.encode('gbk')):03d}{value}"


def wrapped(key: bytes) -> bytes:
    """A key under the terminal's master key."""
    return octets.ede(MASTER, key)


@contextmanager
def listening(host: Host) -> Iterator[Host]:
    """The host on a port of this machine until the block ends."""
    server = socket.create_server(("127.0.0.1", 0))
    host.port = server.getsockname()[1]
    calls: list[tuple[socket.socket, threading.Thread]] = []
    thread = threading.Thread(target=_accept, args=(server, host, calls))
    thread.start()
    try:
        yield host
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join(30)
        server.close()
        for call, answering in calls:
            with suppress(OSError):
                call.shutdown(socket.SHUT_RDWR)
            answering.join(30)
            call.close()


def _accept(server: socket.socket, host: Host, calls: list[tuple[socket.socket, threading.Thread]]) -> None:
    while True:
        try:
            call, _ = server.accept()
        except OSError:
            return
        thread = threading.Thread(target=_serve, args=(call, host))
        calls.append((call, thread))
        thread.start()


def _serve(call: socket.socket, host: Host) -> None:
    with call.makefile("rb") as incoming, suppress(OSError):
        while length := incoming.read(2):
            answers = host.answers(incoming.read(int.from_bytes(length, "big")))
            if answers is None:
                call.shutdown(socket.SHUT_RDWR)
                return
            call.sendall(b"".join(len(one).to_bytes(2, "big") + one for one in answers))
