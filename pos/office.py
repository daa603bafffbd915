"""`python -m pos.office COMMAND`: the back office's commands on terminals, over a deployment's settings."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from pos.cli import OfficeTools, pos
from pos.configuration import BadConfiguration, SoftKeys, TokenKeys, read_configuration
from pos.keys.loading import KeyLoading
from pos.keys.soft import SoftVault
from pos.keys.vault import KeyVault, VaultError
from pos.problems import OfficeError, Problem
from pos.registry import Registry
from recharge import EndpointKind, Engine, Refusal, Role, Settings, SettingsError, Shell, load_settings, open_engine, open_shell

MAKE_MASTER = "token-master"
KEY_HOLDERS = frozenset({Role.SECURITY, Role.OPERATIONS, Role.ADMINISTRATOR})


class TerminalEndpoints:
    """The engine's endpoints, as the registry needs them."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def bind(self, terminal: str, party_code: str) -> None:
        """Bind a terminal to a party. Raises ValueError where that cannot be."""
        self._shell.bind(EndpointKind.POS_TERMINAL, terminal, party_code, "")


class KeyHolders:
    """Members of staff who may handle keys, by the login they have at the site."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    def person(self, user: str, password: str) -> str:
        """The person's code. Raises OfficeError."""
        engine = self._engine()
        try:
            endpoint = engine.sign_in(user, password)
        except Refusal as refusal:
            raise OfficeError(Problem.NOT_STAFF) from refusal
        finally:
            engine.close()
        if endpoint.person is None or endpoint.role not in KEY_HOLDERS:
            raise OfficeError(Problem.NOT_STAFF)
        return endpoint.person.code


def tools_of(shell: Shell, settings: Settings, vault: KeyVault, language: str | None) -> OfficeTools:
    """Everything that the commands work with, over one deployment."""
    soft = SoftVault(shell.keys)
    return OfficeTools(
        Registry(shell.database, TerminalEndpoints(shell), _now),
        KeyLoading(shell.database, vault, soft, _now),
        shell.database,
        KeyHolders(lambda: open_engine(settings)).person,
        _now,
        language,
        settings.minor_digits,
    )


@click.group(cls=type(pos), commands=dict(pos.commands))
@click.option("--language", type=click.Choice(["zh_CN", "en", "id"]), default="zh_CN", show_default=True)
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="The channel's settings: which key store the keys go into.")
@click.pass_context
def office(ctx: click.Context, language: str, config: Path | None) -> None:
    """POS terminals of agent points, their keys and their settlement."""
    settings = load_settings()
    shell = open_shell(settings)
    ctx.call_on_close(shell.close)
    keys = SoftKeys() if config is None else read_configuration(config).keys
    if ctx.invoked_subcommand == MAKE_MASTER:
        ctx.obj = keys
        return
    vault = keys.vault(shell.keys)
    ctx.call_on_close(vault.close)
    ctx.obj = tools_of(shell, settings, vault, language)


@office.command(MAKE_MASTER)
@click.pass_obj
def make_master(keys: SoftKeys | TokenKeys) -> None:
    """Make the master key in the PKCS#11 token that --config names, once."""
    keys.make_master()


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Run one command with the deployment's settings."""
    try:
        office(prog_name="python -m pos.office")
    except (SettingsError, BadConfiguration, VaultError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
