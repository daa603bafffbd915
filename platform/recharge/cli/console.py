"""What all commands share: the language they speak, the settings, the desks, and one sentence for whatever goes wrong."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from recharge.books.database import DatabaseBusy
from recharge.books.house import NotSetUp
from recharge.bootstrap import open_administration
from recharge.domain.errors import Refusal
from recharge.domain.money import BadAmount, parse_amount
from recharge.engine.administration import Administration, AdministrationError
from recharge.engine.administration.errors import bad
from recharge.engine.administration.seed_file import BadSeed
from recharge.settings import Settings, SettingsError, load_settings
from recharge.texts import LANGUAGES, console, explain, language_of
from recharge.texts.catalogue import say


@dataclass(frozen=True, slots=True)
class Console:
    """Who is at the terminal, as far as it matters: the language."""

    language: str

    def say(self, text: str, **facts: str | int) -> None:
        """Print a text in the person's language."""
        click.echo(say(text, self.language, facts))

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print rows under their heads, columns parted by tabs, for people and for programs."""
        click.echo("\t".join(heads))
        for row in rows:
            click.echo("\t".join("" if cell is None else str(cell) for cell in row))

    def settings(self) -> Settings:
        """The deployment's settings."""
        return load_settings()

    @contextmanager
    def administration(self) -> Iterator[Administration]:
        """The desks, as the operator's shell."""
        desks = open_administration(self.settings())
        try:
            yield desks
        finally:
            desks.office.database.close()


class Amount(click.ParamType[int]):
    """An amount as people write it, 100.00, in minor units for the program."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_amount(value)
        except BadAmount:
            self.fail(f"{value} is no amount like 100.00", param, ctx)


AMOUNT = Amount()


_COMMANDS_ELSEWHERE = "kongchong.commands"
"""The entry points by which other packages hang commands into this program; they are loaded only when they are asked for."""


class Speaking(click.Group):
    """Turns what goes wrong in any command into one sentence in the person's language, and exit status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *(found.name for found in entry_points(group=_COMMANDS_ELSEWHERE))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = super().get_command(ctx, cmd_name)
        if known is not None:
            return known
        for found in entry_points(group=_COMMANDS_ELSEWHERE, name=cmd_name):
            command: click.Command = found.load()
            return command
        return None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except tuple(_SENTENCES) as error:
            speak = next(made for kind, made in _SENTENCES.items() if isinstance(error, kind))
            raise click.ClickException(speak(error, ctx.obj.language)) from error


def _plain(error: Exception) -> str:
    """A database's complaint without the statement and its values."""
    return str(getattr(error, "orig", None) or type(error).__name__)


def _not_utf8(error: UnicodeEncodeError, language: str) -> str:
    """A word typed at a terminal that does not speak UTF-8, of which only what cannot be kept is shown."""
    return bad("text", ascii(error.object[error.start : error.end])).text(language)


_SENTENCES: dict[type[Exception], Callable[[Any, str], str]] = {
    AdministrationError: lambda error, language: error.text(language),
    Refusal: explain,
    NotSetUp: lambda _, language: say(console.NOT_SET_UP, language),
    BadSeed: lambda error, language: say(console.SEED_BAD, language, {"reason": str(error)}),
    DatabaseBusy: lambda error, language: say(console.DATABASE_AWAY, language, {"reason": _plain(error)}),
    UnicodeEncodeError: _not_utf8,
    SQLAlchemyError: lambda error, language: say(console.DATABASE_AWAY, language, {"reason": _plain(error)}),
}


@click.group(cls=Speaking, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--language", type=click.Choice(LANGUAGES), help="Language of the answers; by default that of the terminal.")
@click.pass_context
def main(ctx: click.Context, language: str | None) -> None:
    """Kongchong (空充): over-the-air airtime recharge for a provincial agent."""
    ctx.obj = Console(language or language_of(os.environ.get("LC_ALL") or os.environ.get("LANG")))
