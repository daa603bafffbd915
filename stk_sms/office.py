"""`python -m stk_sms.office COMMAND`: the back office's commands on SIM cards and their keys, over a deployment's settings."""

import sys
from datetime import UTC, datetime

import click

from recharge import EndpointKind, Settings, SettingsError, Shell, load_settings, open_shell
from stk_sms.cards.desk import CardDesk
from stk_sms.cards.gate import DEFAULT_TAR
from stk_sms.cards.key_desk import KeyDesk
from stk_sms.cards.key_update import KeyUpdates
from stk_sms.cards.keyring import Keyring, MasterKeys
from stk_sms.cli import CardTools, sim
from stk_sms.notices import NoticeDesk
from stk_sms.service import gate_rules


class CardEndpoints:
    """The engine's endpoints, as the desk of cards needs them."""

    def __init__(self, shell: Shell, language: str | None = None) -> None:
        self._shell, self._language = shell, language

    def bind(self, iccid: str, party_code: str, address: str) -> None:
        """Bind a card to a party. Raises ValueError where that cannot be."""
        self._shell.bind(EndpointKind.STK_SIM, iccid, party_code, address, self._language)


def tools_of(shell: Shell, settings: Settings, language: str | None) -> CardTools:
    """Everything that the commands work with, over one deployment."""
    masters = MasterKeys(shell.keys, shell)
    return CardTools(
        CardDesk(shell.database, CardEndpoints(shell, language), _now),
        KeyDesk(shell.database, masters, _now),
        KeyUpdates(shell.database, Keyring(masters), DEFAULT_TAR),
        gate_rules(settings),
        language,
        _now,
        settings.minor_digits,
        NoticeDesk(shell.database, _now),
        lambda: shell.addresses((EndpointKind.STK_SIM, EndpointKind.PHONE_LINE)),
    )


@click.group(cls=type(sim), commands=sim.commands)
@click.option("--language", type=click.Choice(["zh_CN", "en", "id"]), default="zh_CN", show_default=True)
@click.pass_context
def office(ctx: click.Context, language: str) -> None:
    """SIM cards of agent points and their keys."""
    settings = load_settings()
    shell = open_shell(settings)
    ctx.call_on_close(shell.close)
    ctx.obj = tools_of(shell, settings, language)


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Run one command with the deployment's settings."""
    try:
        office(prog_name="python -m stk_sms.office")
    except SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
