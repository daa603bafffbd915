"""Patterns of reply rules: regular expressions whose work is bounded before they are kept, so that no text can hang a process.

Python's matcher tries again from every place a repeat could have ended. That is harmless where what follows a repeat cannot also be
part of it, and grows with the text's length for each repeat where it can. The bound is worked out from the parsed pattern; a pattern
whose bound is too large is refused, with the advice to name what a repeat may contain (`[^.]+` instead of `.+`).
"""

import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

LONGEST_PATTERN = 500
LONGEST_TEXT = 1000
MOST_WORK = 30_000_000

# The standard library's own parser of patterns; its tree is what the bound is worked out from.
_parser: Any = importlib.import_module("re._parser")
_SAMPLES = frozenset(map(chr, range(128))) | frozenset("充值元０９：，。　é\u00a0٣")
_FIXED = frozenset({"LITERAL", "NOT_LITERAL", "ANY", "IN"})
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}
Node = tuple[str, Any]
Characters = frozenset[str]


class BadPattern(ValueError):
    """A pattern that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class _Cost:
    """Of a piece of a pattern: in how many ways it can match from one place, at most, and which characters it can begin with."""

    ways: int
    first: Characters
    may_be_empty: bool


@lru_cache(maxsize=2000)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, ready to be matched against whole texts of at most LONGEST_TEXT characters. Raises BadPattern.

    Upper and lower case are the same, and any run of blanks in a text is one blank (see `squeezed`).
    """
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise BadPattern(f"a pattern has 1 to {LONGEST_PATTERN} characters")
    try:
        made = re.compile(pattern, re.IGNORECASE)
        tree = _nodes(_parser.parse(pattern, re.IGNORECASE))
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern(str(error)) from None
    work = _sequence(tree, _alphabet(tree), frozenset()).ways * LONGEST_TEXT
    if work > MOST_WORK:
        raise BadPattern("it could take too long on some texts: say what a repeat may contain, such as [^.]+ or [0-9]{1,12}, instead of .+")
    return made


def squeezed(text: str) -> str:
    """A text as patterns see it: any run of blanks and line ends one blank, none at the ends, cut to LONGEST_TEXT."""
    return " ".join(text.split())[:LONGEST_TEXT]


def _nodes(tree: Iterable[Any]) -> list[Node]:
    return [(str(name), value) for name, value in tree]


def _alphabet(nodes: Sequence[Node]) -> Characters:
    """Every character that may tell two pieces apart: a sample of all, and those the pattern names."""
    named = {chr(code) for code in _literals(nodes)}
    return frozenset(variant for character in _SAMPLES | named for variant in (character, character.lower(), character.upper()))


def _literals(nodes: Iterable[Node]) -> Iterator[int]:
    for name, value in nodes:
        if name in {"LITERAL", "NOT_LITERAL"}:
            yield value
        elif name == "RANGE":
            yield from value
        elif name != "CATEGORY":
            for piece in _pieces(name, value):
                yield from _literals(piece)


def _pieces(name: str, value: Any) -> list[list[Node]]:
    """The smaller patterns a node is made of."""
    if name == "IN":
        return [_nodes(value)]
    if name in _REPEATS:
        return [_nodes(value[2])]
    if name == "SUBPATTERN":
        return [_nodes(value[3])]
    if name == "ATOMIC_GROUP":
        return [_nodes(value)]
    if name == "BRANCH":
        return [_nodes(branch) for branch in value[1]]
    return []


def _sequence(nodes: Sequence[Node], alphabet: Characters, after: Characters) -> _Cost:
    """A sequence, worked out from its end: what can follow a piece decides whether it can end in more places than one."""
    cost = _Cost(1, after, True)
    for name, value in reversed(nodes):
        one = _one(name, value, alphabet, cost.first)
        first = one.first | cost.first if one.may_be_empty else one.first
        cost = _Cost(one.ways * cost.ways, first, one.may_be_empty and cost.may_be_empty)
    return cost


def _one(name: str, value: Any, alphabet: Characters, after: Characters) -> _Cost:
    if name in _FIXED:
        return _Cost(1, _members(name, value, alphabet), False)
    if name in _REPEATS:
        return _repeat(value, alphabet, after)
    if name in {"SUBPATTERN", "ATOMIC_GROUP"}:
        return _sequence(_pieces(name, value)[0], alphabet, after)
    if name == "BRANCH":
        return _branch(_pieces(name, value), alphabet, after)
    if name == "AT":
        return _Cost(1, frozenset(), True)
    raise BadPattern(f"{name.lower().replace('_', ' ')} is not used in rules")


def _repeat(value: Any, alphabet: Characters, after: Characters) -> _Cost:
    least, most, inner = int(value[0]), min(int(value[1]), LONGEST_TEXT), _nodes(value[2])
    if most <= 1:
        once = _sequence(inner, alphabet, after)
        # Being there and not being there are two ways where what follows can begin alike.
        choice = 1 if least else 1 + bool(once.first & after or once.may_be_empty)
        return _Cost(once.ways * choice, once.first, once.may_be_empty or not least)
    if len(inner) != 1 or inner[0][0] not in _FIXED:
        return _group_repeat(inner, least, alphabet, after)
    inside = _members(*inner[0], alphabet)
    return _Cost(most - least + 1 if inside & after else 1, inside, not least)


def _group_repeat(inner: Sequence[Node], least: int, alphabet: Characters, after: Characters) -> _Cost:
    """A repeated group: only where each round can be read in one way and cannot be taken for what follows."""
    probe = _sequence(inner, alphabet, after)
    once = _sequence(inner, alphabet, after | probe.first)
    if once.ways > 1 or once.may_be_empty or probe.first & after:
        raise BadPattern("a repeated group must be readable in one way only: begin it with a character that nothing else there can be")
    return _Cost(1, probe.first, not least)


def _branch(branches: Sequence[list[Node]], alphabet: Characters, after: Characters) -> _Cost:
    costs = [_sequence(branch, alphabet, after) for branch in branches]
    firsts = [cost.first for cost in costs]
    apart = sum(map(len, firsts)) == len(frozenset().union(*firsts)) and not any(cost.may_be_empty for cost in costs)
    ways = max(cost.ways for cost in costs) if apart else sum(cost.ways for cost in costs)
    return _Cost(ways, frozenset().union(*firsts), any(cost.may_be_empty for cost in costs))


def _members(name: str, value: Any, alphabet: Characters) -> Characters:
    if name == "ANY":
        return alphabet
    if name == "LITERAL":
        return _folded(alphabet, chr(value))
    if name == "NOT_LITERAL":
        return alphabet - _folded(alphabet, chr(value))
    items = _nodes(value)
    found = frozenset(character for item in items if item[0] != "NEGATE" for character in _item(*item, alphabet))
    return alphabet - found if any(item[0] == "NEGATE" for item in items) else found


def _item(name: str, value: Any, alphabet: Characters) -> Characters:
    if name == "LITERAL":
        return _folded(alphabet, chr(value))
    if name == "RANGE":
        least, most = value
        inside = {character for character in alphabet if least <= ord(character) <= most}
        return frozenset(other for character in inside for other in _folded(alphabet, character))
    category = re.compile(_CATEGORIES[str(value)])
    return frozenset(character for character in alphabet if category.match(character))


def _folded(alphabet: Characters, character: str) -> Characters:
    return frozenset({character, character.lower(), character.upper()} & alphabet)
