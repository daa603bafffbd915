"""Who acts at the close: a person is proved by the engine, with his own endpoint and service password."""

import secrets
from dataclasses import dataclass

from bank_settle.parts import Asker, Teller
from recharge import Channel, DecideCase, EndpointKind, Refusal, RefusalCode, ServicePassword

_NO_CASE = "0"


def at_the_console(person: str, password: str) -> Asker:
    """A person at the operator's console."""
    return Asker(person, Channel.CONSOLE, EndpointKind.CONSOLE, person.lower(), ServicePassword(password))


@dataclass(frozen=True, slots=True)
class Door:
    """Proves that somebody may decide about money."""

    engine: Teller

    def prove(self, asker: Asker) -> str:
        """The person's code. Raises the engine's Refusal for a wrong password or a person without the right.

        The engine is asked to decide a case that is not there: only somebody who may decide is told so.
        """
        reply = self.engine.take(asker.request(DecideCase(_NO_CASE, False), f"prove-{secrets.token_hex(12)}"))
        if reply.refusal is None or reply.refusal.code is not RefusalCode.UNKNOWN_CASE:
            raise reply.refusal or Refusal(RefusalCode.NOT_ALLOWED)
        return asker.person
