"""The phone's way to the network: hands messages to the simulated centre, and reads what came for which number."""

from dataclasses import dataclass, replace
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

# A secured command packet as a phone sends it: its header, class 2 data, and the identifier of data download to the card.
_HEADER_OCTETS = 3
_CODING, _PROTOCOL = 0xF6, 0x7F
_CONCATENATED = "0003"
_NUMBER_DIGITS = 11


class NoNetwork(Exception):
    """The centre does not answer."""


@dataclass(frozen=True)
class Sms:
    """An SMS to a phone, parts already joined. `place` counts all SMS the centre has had, from 1."""

    place: int
    sender: str
    recipient: str
    text: str


@dataclass(frozen=True)
class Seen:
    """Everything at the centre: SMS to phones, the states of messages from phones by id, and whether the platform is bound."""

    sms: list[Sms]
    states: dict[int, tuple[str, int]]
    bound: bool


class Network:
    """A client of the centre's control side."""

    def __init__(self, session: ClientSession, address: str) -> None:
        self._session, self._address = session, address.rstrip("/")

    async def send(self, sender: str, recipient: str, message: bytes) -> int:
        """A phone sends a secured message (TP-UD with its header); the centre's id for it. Raises NoNetwork."""
        told = {"sender": sender, "recipient": recipient, "coding": _CODING, "pid": _PROTOCOL}
        octets = {"udh": message[:_HEADER_OCTETS].hex(), "data": message[_HEADER_OCTETS:].hex()}
        answer = await self._ask("POST", "/control/mo", told | octets)
        return int(answer["ids"][0])

    async def look(self) -> Seen:
        """All that the centre has. Raises NoNetwork."""
        told = await self._ask("GET", "/control/messages")
        states = {int(one["id"]): (str(one["state"]), int(one["status"])) for one in told["mo"]}
        return Seen(joined(told["mt"]), states, bool(told["bound"]))

    async def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        limit = ClientTimeout(total=10)
        try:
            async with self._session.request(method, self._address + path, json=body, timeout=limit) as answer:
                answer.raise_for_status()
                told: dict[str, Any] = await answer.json()
                return told
        except (ClientError, TimeoutError) as error:
            raise NoNetwork(str(error)) from error


def joined(told: list[dict[str, Any]]) -> list[Sms]:
    """SMS in the order in which they came, the parts of a long one as one (3GPP TS 23.040, 9.2.3.24.1)."""
    found: list[Sms] = []
    begun: dict[tuple[str, str, str], int] = {}
    for place, one in enumerate(told, start=1):
        udh, text = str(one["udh"]), str(one["text"])
        key = (one["sender"], one["recipient"], udh[6:8])
        long, first = udh[2:6] == _CONCATENATED, udh[10:12] == "01"
        if long and not first and key in begun:
            before = found[begun[key]]
            found[begun[key]] = replace(before, text=before.text + text)
            continue
        if long and first:
            begun[key] = len(found)
        found.append(Sms(place, one["sender"], one["recipient"], text))
    return found


def same_number(first: str, second: str) -> bool:
    """Whether two ways of writing a number, with or without its country's code, name one phone."""
    return first[-_NUMBER_DIGITS:] == second[-_NUMBER_DIGITS:]
