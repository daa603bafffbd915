"""The site's languages: which one a person reads, the catalogues, and how money, numbers and moments are written."""

from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_currency_symbol
from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Babel, Domain, gettext

from recharge import Refusal, explain, failure_text, format_amount, kind_text, parse_amount, state_text
from web.site import site

# Chinese is the language of the code; the names are written as their readers write them.
LANGUAGES = {"zh_CN": "中文", "en": "English", "id": "Bahasa Indonesia"}
COOKIE = "kongchong_language"
_FOLDER = Path(__file__).parent / "translations"


class Catalogues(Domain):  # type: ignore[misc]  # the library carries no types
    """The site's texts, read from the .po files themselves, so that no compiled file can be missing or stale."""

    def get_translations(self) -> NullTranslations:
        """The texts in the language of this request."""
        return catalogue(language())


@cache
def catalogue(name: str) -> NullTranslations:
    """The texts of a language; Chinese needs no catalogue."""
    path = _FOLDER / name / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=name))
    compiled.seek(0)
    return Translations(fp=compiled)


def install(app: Flask) -> None:
    """Teach an application its languages and its ways of writing."""
    babel = Babel(app, default_locale="zh_CN", locale_selector=language)
    babel.domain_instance = Catalogues()
    app.jinja_env.filters.update(money=money, amount=plain_amount, grouped=grouped, moment=moment, clock_time=clock_time)
    app.jinja_env.filters.update(
        province=province_text,
        state=lambda value: state_text(value, language()),
        kind=lambda value: kind_text(value, language()),
        failure=lambda value: failure_text(value, language()),
        message_state=message_state_text,
    )
    app.jinja_env.globals.update(languages=offered, language=language, currency=lambda: currency_sign(site().options.currency))


def language() -> str:
    """The language of this request: what the person chose, else what his login says, else what his browser likes."""
    chosen = g.get("language")
    if chosen is None:
        chosen = g.language = _find_language()
    return str(chosen)


def _find_language() -> str:
    kept = request.cookies.get(COOKIE, "")
    if kept in offered():
        return kept
    best = request.accept_languages.best_match([name.replace("_", "-") for name in offered()])
    return site().options.languages[0] if best is None else best.replace("-", "_")


def offered() -> dict[str, str]:
    """The languages of this deployment with their own names; the first is for those who like none of them."""
    return {name: LANGUAGES[name] for name in site().options.languages}


@cache
def currency_sign(code: str) -> str:
    """The shortest sign any of our languages has for a currency, which is the one its own country uses: ¥, Rp."""
    return min((str(get_currency_symbol(code, name)) for name in LANGUAGES), key=len)


def money(amount_minor: int) -> str:
    """An amount as pages show it: ¥50.00, -¥0.01."""
    text = format_amount(amount_minor, site().options.minor_digits)
    sign = currency_sign(site().options.currency)
    return f"-{sign}{text[1:]}" if text.startswith("-") else f"{sign}{text}"


def plain_amount(amount_minor: int) -> str:
    """An amount as a person would type it: 50, or 50.50 where there is a fraction."""
    text = format_amount(amount_minor, site().options.minor_digits)
    whole, _, fraction = text.partition(".")
    return text if fraction.strip("0") else whole


def typed_amount(text: str) -> int:
    """Minor units of what a person typed. Raises BadAmount."""
    return parse_amount(text, site().options.minor_digits)


def grouped(number: str) -> str:
    """A customer's number as people read it aloud: 138 0013 8000, 0813 1234 5678."""
    head = 3 if len(number) == 11 and number.startswith("1") else 4
    rest = number[head:]
    return " ".join(part for part in (number[:head], rest[:4], rest[4:]) if part)


def moment(at: datetime) -> str:
    """A moment on the deployment's own clock: 2026-11-21 20:31:05."""
    return str(format_datetime(at, "yyyy-MM-dd HH:mm:ss", tzinfo=_zone()))


def clock_time(at: datetime) -> str:
    """The same without the year and the seconds, for lists: 11-21 20:31."""
    return str(format_datetime(at, "MM-dd HH:mm", tzinfo=_zone()))


def _zone() -> ZoneInfo:
    return site().options.zone


def message_state_text(state: str) -> str:
    """Whether a message has gone out, and whether the phone has it where the network tells."""
    known = {"waiting": gettext("待发送"), "sent": gettext("已发送"), "delivered": gettext("已送达"), "failed": gettext("未送达")}
    return str(known.get(str(state), ""))


def province_text(province: str) -> str:
    """A province as pages show it; the table of number ranges may not know it."""
    return province or str(gettext("省份未知"))


def explained(refusal: Refusal) -> str:
    """What a refusal says to the person of this request."""
    return explain(refusal, language(), site().options.minor_digits)
