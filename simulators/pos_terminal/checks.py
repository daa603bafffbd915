"""What a terminal looks at before it believes an answer."""

from typing import Final

from simulators.pos_terminal.messages import Message

ACCEPTED: Final = frozenset({"00", "10", "11", "A2", "A4", "A5", "A6"})
"""Codes that a terminal takes for success."""
LATER: Final = "A6"
_ALWAYS: Final = (3, 11, 41)
_MERCHANT, _AMOUNT, _CODE = 42, 4, 39


def is_accepted(answer: Message) -> bool:
    """Success; a settlement's answer has no code and is one by coming."""
    return answer.get(_CODE) in ACCEPTED or (answer.type == "0510" and not answer.get(_CODE))


def difference(request: Message, answer: Message) -> str:
    """What in an answer does not belong to the request, "" when all of it does.

    Message type, processing code, trace and terminal must be the request's own; the merchant's number where the answer is a
    success; the amount where the request had one and the answer repeats it or is a success.
    """
    if answer.type != request.answer_type:
        return "type"
    wanted = [number for number in _ALWAYS if request.get(number)]
    if is_accepted(answer):
        wanted += [number for number in (_MERCHANT, _AMOUNT) if request.get(number)]
    elif answer.get(_AMOUNT):
        wanted.append(_AMOUNT)
    return next((f"f{number}" for number in wanted if answer.get(number) != request.get(number)), "")
