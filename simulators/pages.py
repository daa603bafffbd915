"""What the simulators' pages have in common: three languages, a table of words, the frame and the look of a page, and how it is served."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Final

from aiohttp import web

from simulators.process import told_to_stop

LANGUAGES: Final = ("zh_CN", "en", "id")
LANGUAGE_NAMES: Final = ("中文", "English", "Indonesia")

BASE_STYLE: Final = """
:root { --ink: #1f2937; --pale: #6b7280; --line: #e5e7eb; --ground: #f4f6f8; --accent: #1d4ed8; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif; }
main { margin: 0 auto; padding: 20px; }
header { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: baseline; justify-content: space-between; }
h1 { font-size: 22px; margin: 0; } h2 { font-size: 15px; margin: 0 0 8px; } p { margin: 4px 0; color: var(--pale); }
a { color: var(--accent); text-decoration: none; } nav a { margin-left: 12px; } nav a[aria-current] { color: var(--ink); font-weight: 600; }
"""


class Words:
    """Words by name, each in Chinese, English and Indonesian."""

    def __init__(self, table: Mapping[str, tuple[str, str, str]]) -> None:
        self.table = table

    def text(self, name: str, language: str) -> str:
        """The words of a name."""
        return self.table[name][LANGUAGES.index(language)]

    def notice(self, name: str, language: str) -> str:
        """What became of a press of a button (`was.NAME`); "" for a name nobody uses."""
        known = f"was.{name}"
        return self.text(known, language) if known in self.table else ""


def language_of(wanted: str) -> str:
    """The language asked for, or Chinese."""
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def document(title: str, inside: str, language: str, style: str = "/style.css", extra: str = "") -> str:
    """A whole page; `title` and `language` are plain text, `inside` and `extra` (for the head) are HTML."""
    return (
        f'<!doctype html><html lang="{language.replace("_", "-")}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{extra}'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{style}"></head><body>{inside}</body></html>'
    )


def languages(chosen: str, label: str, address: Callable[[str], str]) -> str:
    """Links to the page in every language; `address` is the page's in a language, `label` says what the links are."""
    links = "".join(
        f'<a href="{escape(address(code))}"{current(code == chosen)}>{name}</a>'
        for code, name in zip(LANGUAGES, LANGUAGE_NAMES, strict=True)
    )
    return f'<nav aria-label="{escape(label)}">{links}</nav>'


def current(chosen: bool) -> str:
    """The mark of a link to what is shown already."""
    return ' aria-current="true"' if chosen else ""


def hidden(fields: Mapping[str, str]) -> str:
    """Fields of a form that go along unseen."""
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


async def serve(routes: Iterable[web.AbstractRouteDef], name: str, host: str, port: int, last: Callable[[], object] = lambda: None) -> None:
    """Serve a page until SIGTERM or SIGINT; prints the ready line, with `name` in it, once the page is there. `last` is done at the end."""
    over = told_to_stop()
    application = web.Application()
    application.router.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    print(f"{name} ready on http://{host}:{port}/", flush=True)
    await over.wait()
    last()
    await runner.cleanup()
