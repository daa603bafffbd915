"""USSD over SMPP: where a message stands in its dialogue, orders typed as one string, and a menu that asks for what is missing."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from stk_sms.smpp import tlvs
from stk_sms.smpp.wire import Tlv
from stk_sms.transport import Inbound, Outbound, Ussd, UssdOperation

SERVICE_TYPE = "USSD"
EXPIRY_SECONDS = 180.0
_MOST_DIALOGUES = 10_000
_ANSWERED_BY_RESPONSE = {UssdOperation.PSSD_INDICATION: UssdOperation.PSSD_RESPONSE}


def read(service_type: str, told: tuple[Tlv, ...]) -> Ussd | None:
    """The dialogue a message belongs to; None where it is no USSD, or of an operation the specification does not have."""
    operation = tlvs.number_of(told, tlvs.Tag.USSD_SERVICE_OP) if told else None
    if operation is None and service_type != SERVICE_TYPE:
        return None
    try:
        kind = UssdOperation(1 if operation is None else operation)
    except ValueError:
        return None
    session = tlvs.value_of(told, tlvs.Tag.ITS_SESSION_INFO) or b"\0\0"
    number, rest = session[0], session[1] if len(session) > 1 else 0
    return Ussd(kind, number, rest >> 1, bool(rest & 1), tlvs.number_of(told, tlvs.Tag.USER_MESSAGE_REFERENCE))


def write(ussd: Ussd) -> tuple[Tlv, ...]:
    """The TLVs that say where a message of ours stands."""
    session = bytes([ussd.session & 0xFF, (ussd.sequence & 0x7F) << 1 | ussd.end])
    found = [tlvs.number(tlvs.Tag.USSD_SERVICE_OP, ussd.operation.value), Tlv(tlvs.Tag.ITS_SESSION_INFO, session)]
    if ussd.reference is not None:
        found.append(tlvs.number(tlvs.Tag.USER_MESSAGE_REFERENCE, ussd.reference, 2))
    return tuple(found)


def reply(asked: Inbound, text: str, *, more: bool) -> Outbound:
    """What the phone shows next: a question (`more`), or the end of the dialogue. Raises ValueError for a message that is no USSD."""
    if asked.ussd is None:
        raise ValueError("not a USSD message")
    last = _ANSWERED_BY_RESPONSE.get(asked.ussd.operation, UssdOperation.PSSR_RESPONSE)
    operation = UssdOperation.USSR_REQUEST if more else last
    said = Ussd(operation, asked.ussd.session, asked.ussd.sequence + 1, not more, asked.ussd.reference)
    return Outbound(asked.message_id, asked.sender, text, asked.recipient, ussd=said)


def direct_fields(typed: str) -> tuple[str, ...]:
    """What stands between the stars of a string as keyed: `*888*13800138000*50#` has 888, 13800138000, 50; empty for anything else."""
    typed = typed.strip()
    if not (typed.startswith("*") and typed.endswith("#")) or len(typed) < 3:
        return ()
    return tuple(part.strip() for part in typed[1:-1].split("*"))


@dataclass(frozen=True, slots=True)
class Question:
    """One field of an order and the words that ask for it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class MenuService:
    """What can be asked for under a code (`888`, or `888*7` below another): what it is for, and its questions in their order."""

    code: str
    intent: str
    questions: tuple[Question, ...]

    def values(self, keyed: Sequence[str]) -> list[str] | None:
        """What was keyed behind the code; None for another service's string, or one with more than there are questions."""
        path = self.code.split("*")
        found = list(keyed[len(path) :])
        return found if list(keyed[: len(path)]) == path and len(found) <= len(self.questions) else None


@dataclass(frozen=True, slots=True)
class Ask:
    """The dialogue goes on with this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Complete:
    """Everything is there, by the questions' names. Not shown in logs: a password is among it."""

    intent: str
    values: dict[str, str] = field(repr=False)


@dataclass(slots=True)
class _Dialogue:
    service: MenuService
    values: list[str]
    at: float


class Menu:
    """Collects an order's fields over a dialogue: those of the first string at once, the others one question at a time."""

    def __init__(self, services: Sequence[MenuService]) -> None:
        # 888*7 before 888: what is keyed behind a code may be the code of another.
        self._services = sorted(services, key=lambda service: len(service.code), reverse=True)
        self._dialogues: OrderedDict[tuple[str, str, int], _Dialogue] = OrderedDict()

    def step(self, message: Inbound, now: float) -> Ask | Complete | None:
        """One message of a dialogue; None where the string is for another service or the dialogue is not known (any more)."""
        if message.ussd is None:
            return None
        self._expire(now)
        key = (message.link, message.sender, message.ussd.session)
        dialogue = self._dialogues.pop(key, None)
        if message.ussd.operation is UssdOperation.USSR_CONFIRM:
            if dialogue is None or message.ussd.end:
                return None
            return self._next(key, dialogue.service, [*dialogue.values, message.text.strip()], now)
        keyed = direct_fields(message.text)
        found = ((service, values) for service in self._services if (values := service.values(keyed)) is not None)
        service, values = next(found, (None, []))
        return None if service is None else self._next(key, service, values, now)

    def _next(self, key: tuple[str, str, int], service: MenuService, values: list[str], now: float) -> Ask | Complete:
        questions = service.questions
        if len(values) == len(questions):
            return Complete(service.intent, {question.name: value for question, value in zip(questions, values, strict=True)})
        self._dialogues[key] = _Dialogue(service, values, now)
        if len(self._dialogues) > _MOST_DIALOGUES:
            self._dialogues.popitem(last=False)
        return Ask(questions[len(values)].text)

    def _expire(self, now: float) -> None:
        while self._dialogues and now - next(iter(self._dialogues.values())).at > EXPIRY_SECONDS:
            self._dialogues.popitem(last=False)
