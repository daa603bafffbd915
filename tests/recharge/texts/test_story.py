"""The story's words: there is one for every stored code an order can meet, and no two codes are called alike."""

import ast
from collections.abc import Iterator
from enum import StrEnum

import pytest

from recharge.domain.orders import OrderKind
from recharge.domain.outcomes import AnswerSource, AttemptAction, OutcomeState
from recharge.domain.routing import Candidate, Reason
from recharge.outbox.port import MessageState
from recharge.texts import LANGUAGES, Recipient, story
from recharge.texts.catalogue import placeholders, say
from tests.support import source

TABLES: list[tuple[dict[str, str], type[StrEnum]]] = [
    (story.REASONS, Reason),
    (story.SOURCES, AnswerSource),
    (story.OUTCOMES, OutcomeState),
    (story.ATTEMPTS, AttemptAction),
    (story.STANDINGS, MessageState),
    (story.RECIPIENTS, Recipient),
]
NAMES = [story.REASONS, story.SOURCES, story.OUTCOMES, story.STANDINGS, story.RECIPIENTS, story.CASES, story.DECISIONS]
NAMES += [story.ENTRIES, story.ACCOUNTS, story.HEADINGS, story.SCOPES, story.LIMITS]
# Whose calls keep an event, and where the event's kind stands among their words.
EVENT_KEEPERS = {"keep_event", "_keep_event", "_put_off"}


@pytest.mark.parametrize(("table", "codes"), TABLES)
def test_every_code_has_its_word(table: dict[str, str], codes: type[StrEnum]) -> None:
    assert set(table) == set(codes)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", NAMES)
def test_no_two_codes_are_called_alike(table: dict[str, str], language: str) -> None:
    said = [say(text, language, dict.fromkeys(placeholders(text), "x")) for text in table.values()]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("wordings", [*story.EVENTS.values(), story.ANSWERED])
def test_the_plainest_wording_of_a_step_needs_no_facts(wordings: tuple[str, ...]) -> None:
    assert not placeholders(wordings[-1])
    needed = [len(placeholders(wording)) for wording in wordings]
    assert needed == sorted(needed, reverse=True)


def test_a_candidates_line_uses_what_routing_keeps() -> None:
    kept = set(Candidate(1, "carrier-a", Reason.TAKEN).facts())
    for wording in story.CANDIDATE:
        assert placeholders(wording) <= kept


@pytest.mark.parametrize("kind", [kind for kind in OrderKind if kind not in {OrderKind.RECHARGE, OrderKind.BILL_PAYMENT}])
def test_every_order_that_ends_at_once_has_a_name_for_its_entry(kind: OrderKind) -> None:
    assert kind in story.ENTRIES


def words_in_calls(folder: str, names: set[str]) -> Iterator[str]:
    """Plain words among the arguments of calls of these names."""
    for path in source.modules(folder):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
                yield from (word.value for word in node.args if isinstance(word, ast.Constant) and isinstance(word.value, str))


@pytest.mark.parametrize("folder", ["platform/recharge/engine", "platform/recharge/dispatch"])
def test_every_event_that_is_kept_has_its_words(folder: str) -> None:
    assert set(words_in_calls(folder, EVENT_KEEPERS)) <= set(story.EVENTS)


@pytest.mark.parametrize("folder", ["platform/recharge/engine"])
def test_every_entry_that_is_booked_has_its_name(folder: str) -> None:
    booked = set(words_in_calls(folder, {"entry", "_book"}))
    assert booked
    assert booked <= set(story.ENTRIES)
