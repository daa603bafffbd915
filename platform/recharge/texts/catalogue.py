"""Reads the catalogues and puts facts into texts: the one place that knows how a text becomes another language.

The Chinese text in the code is the key and needs no catalogue. The others are read from their .po files themselves, once a process
and in some milliseconds, so there is no compiled file that could be missing after an installation or older than its source.
"""

import gettext
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from string import Formatter

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from recharge.domain.money import format_amount

FALLBACK_LANGUAGE = "zh_CN"
LANGUAGES = (FALLBACK_LANGUAGE, "en", "id")
FOLDER = Path(__file__).parent / "translations"

Fact = str | int
# Texts of a package in all languages, many times over; a tag is whatever a browser says, so it must end somewhere.
_KEPT = 4096
# Java and old browsers still call Indonesian "in".
_BY_TAG = {"zh": FALLBACK_LANGUAGE, "en": "en", "id": "id", "in": "id"}


def lazy_gettext(text: str) -> str:
    """Marks a text for the catalogues; it is translated when it is said, because a table of texts serves all languages."""
    return text


def language_of(tag: str | None) -> str:
    """One of LANGUAGES for any tag a person, a browser or a table may give ("en-GB", "zh_Hans_CN"); Chinese for all others."""
    primary = (tag or "").replace("-", "_").split("_")[0].lower()
    return _BY_TAG.get(primary, FALLBACK_LANGUAGE)


def placeholders(text: str) -> frozenset[str]:
    """The facts a text names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


class Catalogue:
    """The catalogues of one package, in its folder `translations` (LANGUAGE/LC_MESSAGES/messages.po)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[str, gettext.NullTranslations] = {FALLBACK_LANGUAGE: gettext.NullTranslations()}
        self.wording: Callable[[str, str | None], str] = lru_cache(maxsize=_KEPT)(self._wording)
        """A text in a language, its facts still in braces."""

    def say(self, text: str, language: str | None, facts: Mapping[str, Fact] | None = None, minor_digits: int = 2) -> str:
        """A text in a language, with its facts. A whole number whose name ends in `_minor` is money and is shown as people write it."""
        wording = self.wording(text, language)
        return wording.format_map({name: _shown(name, fact, minor_digits) for name, fact in facts.items()} if facts else {})

    def _wording(self, text: str, language: str | None) -> str:
        # The empty text is the key of a catalogue's header.
        return self._of(language_of(language)).gettext(text) if text else ""

    def _of(self, language: str) -> gettext.NullTranslations:
        if language not in self._loaded:
            compiled = io.BytesIO()
            with (self._folder / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
                write_mo(compiled, read_po(source, locale=language))
            compiled.seek(0)
            self._loaded[language] = gettext.GNUTranslations(compiled)
        return self._loaded[language]


say = Catalogue(FOLDER).say
"""The engine's own texts."""


def fitting(texts: Sequence[str], known: Collection[str]) -> str:
    """The first of several wordings whose facts are all known. The last one must need none."""
    return next(text for text in texts if placeholders(text) <= set(known))


def _shown(name: str, fact: Fact, minor_digits: int) -> str:
    if isinstance(fact, int) and name.endswith("_minor"):
        return format_amount(fact, minor_digits)
    return str(fact)
