"""Change of the service password, by the caller's wish or because it is a temporary one."""

from functools import partial

from ivr.dialogue.conversation import Conversation
from ivr.steps import Talk, say, work
from recharge import ChangePassword, RefusalCode


def change(talk: Conversation) -> Talk[None]:
    """The present password, then the new one twice. Raises GoBack, Enough."""
    old = yield from talk.password("enter/old-password")
    while True:
        new = yield from _twice(talk)
        reference = talk.desk.step()
        reply = yield from work(partial(talk.desk.ask, ChangePassword(new), old, reference))
        refusal = reply.refusal
        if refusal is None:
            talk.done()
            yield from say("result/password-changed")
            return
        if refusal.code is RefusalCode.WEAK_PASSWORD:
            yield from talk.wrong(*talk.voice.refusal(refusal))
        elif refusal.code is RefusalCode.WRONG_PASSWORD and refusal.facts.get("left") != 0:
            yield from talk.refused(refusal)
            old = yield from talk.password("enter/old-password")
        else:
            yield from talk.refused(refusal)
            return


def changed_first(talk: Conversation, temporary: str) -> Talk[str]:
    """A temporary password, which opens nothing else, is changed before the business goes on; the new one. Raises GoBack, Enough."""
    yield from say("must-change")
    while True:
        new = yield from _twice(talk)
        reference = talk.desk.step()
        reply = yield from work(partial(talk.desk.ask, ChangePassword(new), temporary, reference))
        if reply.refusal is None:
            yield from say("result/password-changed")
            return new
        yield from talk.wrong(*talk.voice.refusal(reply.refusal))


def _twice(talk: Conversation) -> Talk[str]:
    while True:
        first = yield from talk.password("enter/new-password")
        second = yield from talk.password("enter/new-password-again")
        if first == second:
            return first
        yield from talk.wrong("bad/mismatch")
