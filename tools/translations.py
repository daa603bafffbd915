"""Keeps the translation catalogues in step with the code: `update` and `check`.

Each package that speaks to people has a folder `translations/` with one catalogue a language. The text in the code is
Chinese and is the key; English and Indonesian are catalogues. The product reads these files themselves, so nothing is compiled.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = [ROOT / name for name in ("platform/recharge", "stk_sms", "ivr", "pos", "web", "bank_settle")]
LANGUAGES = ("en", "id")
METHODS = [("**/translations/**", "ignore"), ("**.py", "python"), ("**/templates/**", "jinja2")]
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "wording": None, "lazy_pgettext": ((1, "c"), 2)}


def speaking_packages() -> Iterator[Path]:
    """Folders that have catalogues, at whatever depth."""
    return (folder.parent for package in PACKAGES for folder in package.rglob("translations") if folder.is_dir())


def catalogue_path(package: Path, language: str) -> Path:
    """Where the catalogue of one language stands."""
    return package / "translations" / language / "LC_MESSAGES" / "messages.po"


def collected(package: Path) -> Catalog:
    """All texts of a package that want translating, with where they stand."""
    catalogue = Catalog(project="Kongchong", charset="utf-8")
    found = extract_from_dir(package, METHODS, keywords=KEYWORDS, comment_tags=("i18n:",), strip_comment_tags=True)
    for filename, line, message, comments, context in found:
        catalogue.add(message, None, [(filename, line)], auto_comments=comments, context=context)
    return catalogue


def read(package: Path, language: str) -> Catalog:
    """The catalogue as it stands; an empty one where there is none yet."""
    path = catalogue_path(package, language)
    if not path.exists():
        return Catalog(locale=language, project="Kongchong", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> int:
    """Bring every catalogue up to date with the code."""
    for package in speaking_packages():
        for language in LANGUAGES:
            catalogue = read(package, language)
            # The date of the last look says nothing, and would be another one in every change.
            looked = catalogue.creation_date
            catalogue.update(collected(package), no_fuzzy_matching=True)
            catalogue.creation_date = looked
            path = catalogue_path(package, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, catalogue, width=120, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return 0


def untranslated(package: Path, language: str) -> Iterator[str]:
    """Texts of the code that a catalogue does not say, or is not sure about."""
    catalogue = read(package, language)
    for message in collected(package):
        if not message.id:
            continue
        known = catalogue.get(message.id, context=message.context)
        if known is None or known.fuzzy or not known.string or not all(known.string):
            yield str(message.id)


def check() -> int:
    """Name every text that is not translated; 1 if there is one."""
    missing = [
        f"{package.relative_to(ROOT)} [{language}]: {text}"
        for package in speaking_packages()
        for language in LANGUAGES
        for text in untranslated(package, language)
    ]
    for line in missing:
        print(line)
    return 1 if missing else 0


COMMANDS = {"update": update, "check": check}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]())
