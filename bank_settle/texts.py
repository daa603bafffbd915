"""The close's own words in Chinese, English and Indonesian, read from the .po files themselves when they are first needed."""

import gettext
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from recharge import language_of

SOURCE_LANGUAGE = "zh_CN"
FOLDER = Path(__file__).parent / "translations"


def lazy_gettext(text: str) -> str:
    """Marks a text for the catalogues; it is translated when it is said."""
    return text


def say(text: str, language: str | None, facts: Mapping[str, str | int] | None = None) -> str:
    """A text in a language, with its facts, which are texts already."""
    return _translations(language_of(language)).gettext(text).format_map(facts or {})


@cache
def _translations(language: str) -> gettext.NullTranslations:
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
