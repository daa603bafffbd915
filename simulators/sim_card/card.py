"""The card itself: keys, counter, last nonces, in a file, so that it can be put away, copied (a clone) and taken out again."""

import json
import random
import secrets
from pathlib import Path
from typing import Any

from simulators.sim_card import menu
from simulators.sim_card.keys import derive
from simulators.sim_card.packet import ALGORITHMS, Keys, NotForMe, pack, unpack

TAR = bytes.fromhex("b2c001")
_KEPT_SALES = 20


class SimCard:
    """A card in a file. Every message it makes is counted in the file before anybody gets to see it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._memory: dict[str, Any] = json.loads(path.read_text("ascii"))

    @classmethod
    def make(cls, path: Path, iccid: str, msisdn: str, kind: str, version: int, masters: tuple[bytes, bytes]) -> "SimCard":
        """Personalise a new card from the issuer's two master keys, KIc and KID."""
        roles = zip(("KIc", "KID"), masters, strict=True)
        keys = {role.lower(): derive(kind, master, iccid, version, role).hex() for role, master in roles}
        memory = {"iccid": iccid, "msisdn": msisdn, "counter": 0, "heard": 0, "sales": [], "last": "", "version": version}
        path.write_text(json.dumps(memory | {"keys": {str(version): {"kind": kind, **keys}}}), "ascii")
        return cls(path)

    @property
    def msisdn(self) -> str:
        """The number the network shows for the card."""
        return str(self._memory["msisdn"])

    @property
    def iccid(self) -> str:
        """The number printed on the card."""
        return str(self._memory["iccid"])

    @property
    def counter(self) -> int:
        """The last counter used."""
        return int(self._memory["counter"])

    @counter.setter
    def counter(self, value: int) -> None:
        self._memory["counter"] = value
        self._keep()

    @property
    def last_nonce(self) -> bytes:
        """The nonce of the last sale."""
        return bytes.fromhex(self._memory["sales"][-1]["nonce"])

    def clone(self, path: Path) -> "SimCard":
        """Another card with the same keys and the counter as it stands now."""
        path.write_text(self._path.read_text("ascii"), "ascii")
        return SimCard(path)

    def recharge(self, number: str, amount: int, password: str, mark: int = 0) -> bytes:
        """A recharge; amount in fen."""
        nonce = secrets.token_bytes(8)
        sale = {"nonce": nonce.hex(), "number": number, "amount": amount, "mark": mark}
        self._memory["sales"] = [*self._memory["sales"], sale][-_KEPT_SALES:]
        return self._message(menu.sale(menu.RECHARGE, nonce, number, amount, password, mark))

    def repeat(self, password: str) -> bytes:
        """The last sale once more, under its own nonce: whoever has it already will not do it again."""
        sale = self._memory["sales"][-1]
        nonce = bytes.fromhex(sale["nonce"])
        return self._message(menu.sale(menu.REPEAT, nonce, sale["number"], sale["amount"], password, sale["mark"]))

    def query(self) -> bytes:
        """What became of the last sale."""
        return self._message(menu.about(menu.QUERY, secrets.token_bytes(8), self.last_nonce))

    def reversal(self, password: str) -> bytes:
        """Take the last sale back."""
        return self._message(menu.about(menu.REVERSAL, secrets.token_bytes(8), self.last_nonce, password))

    def balance(self) -> bytes:
        """How much is left."""
        return self._message(menu.begin(menu.BALANCE, secrets.token_bytes(8)))

    def transfer(self, to: str, amount: int, password: str) -> bytes:
        """Money to another account; amount in fen."""
        return self._message(menu.transfer(secrets.token_bytes(8), to, amount, password))

    def change_password(self, old: str, new: str) -> bytes:
        """Another service password."""
        return self._message(menu.new_password(secrets.token_bytes(8), old, new))

    def resend(self) -> bytes:
        """The last message, octet for octet, as an SMSC delivers it twice."""
        return bytes.fromhex(self._memory["last"])

    def with_body(self, body: bytes) -> bytes:
        """A properly secured message with any body at all, as a broken applet might send it."""
        return self._message(body)

    def hear(self, message: bytes) -> bytes | None:
        """A secured message to the card: takes new keys and answers under them; None for anything else. Raises NotForMe."""
        versions = {int(number): self._keys(int(number)) for number in self._memory["keys"]}
        counter, body = unpack(versions, TAR, message)
        if counter <= self._memory["heard"]:
            raise NotForMe("heard before")
        self._memory["heard"] = counter
        fields = menu.fields_of(body)
        if fields.get(0x81) != bytes([1, menu.KEYS_TAKEN]):
            self._keep()
            return None
        self._take_keys(fields)
        return self._message(menu.begin(menu.KEYS_TAKEN, secrets.token_bytes(8)))

    def _take_keys(self, fields: dict[int, bytes]) -> None:
        octet = fields[0xA1][0]
        kind = next(name for name, nibble in ALGORITHMS.items() if nibble == octet & 15)
        keys = {"kind": kind, "kic": fields[0xA2].hex(), "kid": fields[0xA3].hex()}
        self._memory["keys"][str(octet >> 4)] = keys
        self._memory["version"] = octet >> 4

    def _keys(self, version: int) -> Keys:
        told = self._memory["keys"][str(version)]
        return Keys(told["kind"], version, bytes.fromhex(told["kic"]), bytes.fromhex(told["kid"]))

    def _message(self, body: bytes) -> bytes:
        self._memory["counter"] += 1
        message = pack(self._keys(self._memory["version"]), TAR, self._memory["counter"], body)
        self._memory["last"] = message.hex()
        self._keep()
        return message

    def _keep(self) -> None:
        # Written beside and put in place: a card pulled out in the middle still has its old counter whole.
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(self._memory), "ascii")
        beside.replace(self._path)


def corrupted(message: bytes, chance: random.Random) -> bytes:
    """A message that something happened to on its way: bits turned, octets lost, added or exchanged. Never the message itself."""
    # Of two octets or fewer not enough is left to be damaged further.
    ways = (_turned, _lost, _added, _exchanged, _cut) if len(message) > 2 else (_added,)
    changed = message
    while changed == message:
        changed = chance.choice(ways)(message, chance)
    return changed


def _turned(message: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(message))
    return message[:place] + bytes([message[place] ^ 1 << chance.randrange(8)]) + message[place + 1 :]


def _lost(message: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(message))
    return message[:place] + message[place + chance.randint(1, 3) :]


def _added(message: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(message) + 1)
    return message[:place] + chance.randbytes(chance.randint(1, 3)) + message[place:]


def _exchanged(message: bytes, chance: random.Random) -> bytes:
    first, second = sorted(chance.sample(range(len(message)), 2))
    return message[:first] + message[second : second + 1] + message[first + 1 : second] + message[first : first + 1] + message[second + 1 :]


def _cut(message: bytes, chance: random.Random) -> bytes:
    return message[: chance.randrange(len(message))]
