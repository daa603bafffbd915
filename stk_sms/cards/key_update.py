"""New keys for a card, in a secured message under the keys it has: the card answers with operation 8 under the new ones."""

from datetime import datetime

from sqlalchemy import Connection, select

from recharge import Database
from stk_sms import tables
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.cards.keyring import Keyring
from stk_sms.cards.reading import CardReader
from stk_sms.cards.records import Card, KeyState, KeyVersion
from stk_sms.packet import StkOperation, seal_command
from stk_sms.packet.body import VERSION
from stk_sms.packet.level import key_octet

# What stands in a body to a card: the version and algorithm as KIc and KID write them, then both keys.
_OPERATION, _KEY_OCTET, _KIC, _KID = 0x81, 0xA1, 0xA2, 0xA3


class KeyUpdates:
    """Makes the messages that bring a card to another key version."""

    def __init__(self, database: Database, keyring: Keyring, tar: bytes) -> None:
        self._database, self._keyring, self._tar = database, keyring, tar
        self._reader = CardReader(database)

    def message(self, iccid: str, version: int, now: datetime) -> bytes:
        """TP-UD of the message that gives a card its keys of a version. Raises CardError.

        It is sealed under the newest version that the card's messages are taken with, and never under the one it brings.
        """
        card = self._card(iccid)
        versions = self._reader.versions(card.key_set)
        fresh = next((item for item in versions if item.version == version and item.state is not KeyState.DEAD), None)
        present = [item for item in versions if item.verifies(now) and item.version != version]
        if fresh is None or not present:
            raise CardError(CardProblem.NO_KEY_VERSION, version=str(version))
        return self._sealed(card, present[-1], fresh, self._database.retrying(lambda connection: _next_counter(connection, iccid)))

    def _card(self, iccid: str) -> Card:
        card = self._reader.card(iccid)
        if card is None:
            raise CardError(CardProblem.UNKNOWN_CARD, iccid=iccid)
        return card

    def _sealed(self, card: Card, present: KeyVersion, fresh: KeyVersion, counter: int) -> bytes:
        keys = self._keyring.keys_of(card.iccid, fresh)
        octet = key_octet(fresh.algorithm, fresh.version)
        parts = (
            (_OPERATION, bytes((VERSION, StkOperation.KEY_UPDATED))),
            (_KEY_OCTET, bytes((octet,))),
            (_KIC, keys.kic),
            (_KID, keys.kid),
        )
        data = b"".join(bytes((tag, len(value))) + value for tag, value in parts)
        return seal_command(present.algorithm, present.version, self._keyring.keys_of(card.iccid, present), self._tar, counter, data)


def _next_counter(connection: Connection, iccid: str) -> int:
    """The card's own counter counts up and is used once, whether or not the message ever arrives."""
    mine = tables.card.c.iccid == iccid
    counted = tables.card.c.to_card_counter
    connection.execute(tables.card.update().where(mine).values(to_card_counter=counted + 1))
    return int(connection.execute(select(counted).where(mine)).scalar_one())
