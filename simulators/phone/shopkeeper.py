"""What a shopkeeper does with the phone: fills a menu item in, sends it, and sometimes sends what should not have been sent."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from simulators.phone.drawer import Drawer
from simulators.phone.network import Network
from simulators.sim_card.card import SimCard, corrupted

_HEADER_OCTETS = 3
_PATTERNS: Final = {
    "number": r"[0-9]{6,12}",
    "amount": r"[0-9]{1,6}([.][0-9]{1,2})?",
    "password": r"[0-9]{4,6}",
    "new_password": r"[0-9]{4,6}",
    "receiver": r"[0-9]{4,20}",
}
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "recharge": ("number", "amount", "password"),
    "repeat": ("password",),
    "balance": (),
    "query": (),
    "reversal": ("password",),
    "transfer": ("receiver", "amount", "password"),
    "change_password": ("password", "new_password"),
}
"""The menu, and what each item asks for."""
ABOUT_LAST: Final = ("repeat", "query", "reversal")
TRICKS: Final = ("resend", "corrupt", "clone")
_MAKERS: Final[Mapping[str, Callable[[SimCard, Mapping[str, str]], bytes]]] = {
    "recharge": lambda card, filled: card.recharge(filled["number"], fen(filled["amount"]), filled["password"]),
    "repeat": lambda card, filled: card.repeat(filled["password"]),
    "balance": lambda card, _: card.balance(),
    "query": lambda card, _: card.query(),
    "reversal": lambda card, filled: card.reversal(filled["password"]),
    "transfer": lambda card, filled: card.transfer(filled["receiver"], fen(filled["amount"]), filled["password"]),
    "change_password": lambda card, filled: card.change_password(filled["password"], filled["new_password"]),
}


class CannotSend(Exception):
    """Nothing was sent; `why` names one of the page's notices."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Sent:
    """A message that left the phone: the centre's id, what it asked (no password), and how many SMS the centre had had before."""

    id: int
    number: str
    item: str
    about: tuple[str, ...]
    after: int


class Shopkeeper:
    """Sends with the cards of a drawer, and remembers what was sent."""

    def __init__(self, drawer: Drawer, network: Network, access_number: str, chance: random.Random | None = None) -> None:
        self.drawer, self.network, self.access_number = drawer, network, access_number
        self._chance = chance or random.Random()
        self._sent: list[Sent] = []

    def sent_by(self, number: str) -> list[Sent]:
        """What left by the cards of a number, oldest first."""
        return [one for one in self._sent if one.number == number]

    async def choose(self, name: str, item: str, filled: Mapping[str, str]) -> None:
        """Send one item of the menu. Raises NoSuchCard, CannotSend, NoNetwork."""
        sold = _has_sold(self.drawer.card(name))
        told = checked(item, filled)
        if item in ABOUT_LAST and not sold:
            raise CannotSend("no_sale")
        about = tuple(told[field] for field in ("number", "receiver", "amount") if field in told)
        await self._send(name, lambda card: _MAKERS[item](card, told), item, about)

    async def trick(self, name: str, trick: str) -> str:
        """Send the last packet again, or damaged, or copy the card; the notice. Raises NoSuchCard, CannotSend, NoNetwork."""
        if trick == "clone":
            self.drawer.clone(name)
            return "cloned"
        message = self.drawer.card(name).resend()
        if not message:
            raise CannotSend("no_message")
        if trick == "corrupt":
            message = message[:_HEADER_OCTETS] + corrupted(message[_HEADER_OCTETS:], self._chance)
        await self._send(name, lambda _: message, trick, ())
        return "sent"

    async def _send(self, name: str, make: Callable[[SimCard], bytes], item: str, about: tuple[str, ...]) -> None:
        # The network comes first: a card that counted for nothing would be asked to repeat what never left. The card is taken out
        # only then: while the network was asked, another message may have been counted on it.
        seen = await self.network.look()
        card = self.drawer.card(name)
        message = make(card)
        sent = await self.network.send(card.msisdn, self.access_number, message)
        after = max((sms.place for sms in seen.sms), default=0)
        self._sent.append(Sent(sent, card.msisdn, item, about, after))


def checked(item: str, filled: Mapping[str, str]) -> dict[str, str]:
    """What was filled in for an item. Raises CannotSend."""
    told = {field: filled.get(field, "").strip() for field in FIELDS[item]}
    for field, value in told.items():
        if not re.fullmatch(_PATTERNS[field], value, re.ASCII):
            raise CannotSend(f"bad_{field.removeprefix('new_')}")
    return told


def _has_sold(card: SimCard) -> bool:
    try:
        return bool(card.last_nonce)
    except IndexError:
        return False


def fen(amount: str) -> int:
    """An amount as people write it, 50 or 50.00, in fen."""
    return int(Decimal(amount) * 100)
