"""The catalogues' keeper: finds texts, adds them, drops what is gone, and names what is not translated."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tools import translations


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small package that speaks, in place of the product's."""
    folder = tmp_path / "shop"
    (folder / "translations").mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "counter.py").write_text('from gettext import gettext as _\nWELCOME = _("欢迎")\n', encoding="utf-8")
    (folder / "templates" / "page.html").write_text("<p>{{ _('余额') }}</p>", encoding="utf-8")
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "PACKAGES", [folder])
    return folder


def say(package: Path, language: str, **texts: str) -> None:
    """Write translations into a catalogue."""
    path = translations.catalogue_path(package, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = "".join(f'msgid "{key}"\nmsgstr "{text}"\n\n' for key, text in texts.items())
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(head + entries, encoding="utf-8")


def texts_of(package: Path, language: str) -> dict[str, str]:
    with translations.catalogue_path(package, language).open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def test_texts_are_found_in_code_and_in_pages(package: Path) -> None:
    assert {message.id for message in translations.collected(package) if message.id} == {"欢迎", "余额"}


def test_texts_marked_for_later_are_found(package: Path) -> None:
    (package / "late.py").write_text('STATE = lazy_gettext("成功")\n', encoding="utf-8")
    assert "成功" in {message.id for message in translations.collected(package)}


def test_a_folder_deep_inside_a_package_counts(package: Path) -> None:
    (package / "deep" / "translations").mkdir(parents=True)
    assert sorted(folder.name for folder in translations.speaking_packages()) == ["deep", "shop"]


def test_update_makes_catalogues_for_every_language(package: Path) -> None:
    assert translations.update() == 0
    for language in translations.LANGUAGES:
        assert texts_of(package, language) == {"欢迎": "", "余额": ""}


def test_update_keeps_translations_and_drops_what_is_gone(package: Path) -> None:
    say(package, "en", 欢迎="Welcome", 旧="old")
    translations.update()
    assert texts_of(package, "en") == {"欢迎": "Welcome", "余额": ""}


def test_update_guesses_nothing(package: Path) -> None:
    say(package, "en", 欢迎您="Welcome")
    translations.update()
    assert texts_of(package, "en")["欢迎"] == ""


def test_update_twice_changes_nothing(package: Path) -> None:
    translations.update()
    first = translations.catalogue_path(package, "id").read_bytes()
    translations.update()
    assert translations.catalogue_path(package, "id").read_bytes() == first


def test_check_names_what_is_missing(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(package, "en", 欢迎="Welcome", 余额="Balance")
    say(package, "id", 欢迎="Selamat datang")
    assert translations.check() == 1
    assert capsys.readouterr().out == "shop [id]: 余额\n"


def test_check_is_silent_when_all_is_said(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(package, "en", 欢迎="Welcome", 余额="Balance")
    say(package, "id", 欢迎="Selamat datang", 余额="Saldo")
    assert translations.check() == 0
    assert capsys.readouterr().out == ""


def test_a_doubtful_translation_is_a_missing_one(package: Path) -> None:
    say(package, "en", 欢迎="Welcome", 余额="Balance")
    path = translations.catalogue_path(package, "en")
    path.write_text(path.read_text(encoding="utf-8").replace('msgid "余额"', '#, fuzzy\nmsgid "余额"'), encoding="utf-8")
    assert list(translations.untranslated(package, "en")) == ["余额"]
