"""Commands for SIM cards and their keys, as one click group to hang into the operator's program."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from recharge import format_amount
from stk_sms.cards.card_list import read_list
from stk_sms.cards.desk import CardDesk, CardHistory
from stk_sms.cards.errors import CardError, CardProblem
from stk_sms.cards.gate import GateRules
from stk_sms.cards.key_desk import KeyDesk
from stk_sms.cards.key_update import KeyUpdates
from stk_sms.notices import NoticeDesk
from stk_sms.packet import Algorithm, StkOperation
from stk_sms.texts import lazy_gettext as _
from stk_sms.texts import say

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_ALGORITHM = click.Choice([algorithm.value for algorithm in Algorithm])

KEY_UPDATE_VALID = timedelta(days=7)
LONGEST_NOTICE = 335

DONE = _("已完成。")
NOTICES = _("通知已交发，共 {count} 个号码。")
ISSUED = _("新发卡 {new} 张，已在册 {present} 张，未发 {refused} 张。")
KEYS_ADDED = _("密钥组 {key_set} 的第 {version} 版已入库，待启用。")
PROBLEMS: dict[CardProblem, str] = {
    CardProblem.BAD_FILE: _("卡清单第 {line} 行有误：{what}"),
    CardProblem.BAD_KEY: _("主密钥不能用：{why}"),
    CardProblem.BAD_KEY_SET: _("没有密钥组 {key_set}，或名称不能用。"),
    CardProblem.UNKNOWN_CARD: _("没有这张卡：{iccid}"),
    CardProblem.NO_KEY_VERSION: _("没有可用的密钥版本 {version}。"),
    CardProblem.NO_VERSION_LEFT: _("密钥组 {key_set} 的 15 个版本已用完，请换新的密钥组。"),
    CardProblem.WRONG_STATE: _("{iccid} 的状态是 {state}，不能这样办。"),
}


@dataclass(frozen=True, slots=True)
class CardTools:
    """What the commands work with: the program they hang in makes one and sets it as click's object."""

    cards: CardDesk
    keys: KeyDesk
    updates: KeyUpdates
    rules: GateRules
    language: str | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    minor_digits: int = 2
    notices: NoticeDesk | None = None
    everybody: Callable[[], Iterable[str]] = tuple


class _Told(click.Group):
    """A group whose commands end in a sentence, not in a traceback, when staff asked for what cannot be."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CardError as error:
            language = ctx.obj.language if isinstance(ctx.obj, CardTools) else None
            click.echo(say(PROBLEMS[error.problem], language, error.facts), err=True)
            sys.exit(1)


@click.group("sim", cls=_Told)
def sim() -> None:
    """SIM cards of agent points and their keys."""


@sim.command("issue")
@click.argument("key_set")
@click.argument("file", type=_FILE)
@click.pass_obj
def issue(tools: CardTools, key_set: str, file: Path) -> None:
    """Issue the cards of a CSV list with the columns iccid, msisdn, point and, if wanted, language."""
    issued = tools.cards.issue(read_list(file.read_text("utf-8"), tools.rules), key_set)
    for iccid, why in issued.refused:
        click.echo(f"{iccid}: {why}", err=True)
    facts = {"new": issued.new, "present": issued.present, "refused": len(issued.refused)}
    click.echo(say(ISSUED, tools.language, facts))
    if issued.refused:
        sys.exit(1)


@sim.command("list")
@click.pass_obj
def list_cards(tools: CardTools) -> None:
    """Every card with its number and state."""
    for card in tools.cards.cards():
        click.echo("\t".join((card.iccid, card.msisdn, card.key_set, card.state.value, card.reason)))


@sim.command("show")
@click.argument("iccid")
@click.option("--count", type=click.IntRange(1, 200), default=20, show_default=True)
@click.pass_obj
def show(tools: CardTools, iccid: str, count: int) -> None:
    """A card's last messages and security events, decoded, without secrets."""
    for line in history_lines(tools.cards.history(iccid, count), tools.minor_digits):
        click.echo(line)


@sim.command("block")
@click.argument("iccid")
@click.argument("reason")
@click.pass_obj
def block(tools: CardTools, iccid: str, reason: str) -> None:
    """Turn a card's messages away."""
    tools.cards.block(iccid, reason)
    click.echo(say(DONE, tools.language))


@sim.command("unblock")
@click.argument("iccid")
@click.pass_obj
def unblock(tools: CardTools, iccid: str) -> None:
    """Let a blocked card in again."""
    tools.cards.unblock(iccid)
    click.echo(say(DONE, tools.language))


@sim.command("retire")
@click.argument("iccid")
@click.pass_obj
def retire(tools: CardTools, iccid: str) -> None:
    """Take a card out for ever; its number may go to another card."""
    tools.cards.retire(iccid)
    click.echo(say(DONE, tools.language))


@sim.command("reset-counter")
@click.argument("iccid")
@click.argument("key_version", type=click.IntRange(1, 15))
@click.argument("counter", type=click.IntRange(0))
@click.pass_obj
def reset_counter(tools: CardTools, iccid: str, key_version: int, counter: int) -> None:
    """Begin a card's counter window anew, at a counter read from the card."""
    tools.cards.reset_counter(iccid, key_version, counter)
    click.echo(say(DONE, tools.language))


@sim.command("keys")
@click.argument("key_set")
@click.pass_obj
def keys(tools: CardTools, key_set: str) -> None:
    """The key versions of a key set and their states."""
    for item in tools.keys.versions(key_set):
        until = item.retire_at.isoformat(" ", "minutes") if item.retire_at else ""
        click.echo("\t".join((str(item.version), item.algorithm.value, item.state.value, until)))


@sim.command("add-keys")
@click.argument("key_set")
@click.argument("algorithm", type=_ALGORITHM)
@click.option("--kic-file", type=_FILE, required=True, help="KIc master key in hexadecimal.")
@click.option("--kid-file", type=_FILE, required=True, help="KID master key in hexadecimal.")
@click.pass_obj
def add_keys(tools: CardTools, key_set: str, algorithm: str, kic_file: Path, kid_file: Path) -> None:
    """Bring a new version's two master keys into the key store."""
    version = tools.keys.add(key_set, Algorithm(algorithm), _key(kic_file), _key(kid_file))
    click.echo(say(KEYS_ADDED, tools.language, {"key_set": key_set, "version": version}))


@sim.command("activate-keys")
@click.argument("key_set")
@click.argument("version", type=click.IntRange(1, 15))
@click.option("--keep-days", type=click.IntRange(0, 366), default=30, show_default=True, help="How long the former version is still taken.")
@click.pass_obj
def activate_keys(tools: CardTools, key_set: str, version: int, keep_days: int) -> None:
    """Make a pending version the active one."""
    tools.keys.activate(key_set, version, timedelta(days=keep_days))
    click.echo(say(DONE, tools.language))


@sim.command("kill-keys")
@click.argument("key_set")
@click.argument("version", type=click.IntRange(1, 15))
@click.pass_obj
def kill_keys(tools: CardTools, key_set: str, version: int) -> None:
    """End a version at once."""
    tools.keys.kill(key_set, version)
    click.echo(say(DONE, tools.language))


@sim.command("key-update")
@click.argument("iccid")
@click.argument("version", type=click.IntRange(1, 15))
@click.option("--print", "shown", is_flag=True, help="Print it as hexadecimal user data (PID 7F, DCS F6) and do not send it.")
@click.pass_obj
def key_update(tools: CardTools, iccid: str, version: int, shown: bool) -> None:
    """Send a card the secured message that brings it to a key version; the gateway takes it to the network."""
    message = tools.updates.message(iccid, version, tools.now())
    if shown or tools.notices is None:
        click.echo(message.hex())
        return
    tools.notices.secured(tools.cards.history(iccid, 1).card.msisdn, message, KEY_UPDATE_VALID)
    click.echo(say(DONE, tools.language))


@sim.command("notice")
@click.argument("text")
@click.option("--hours", type=click.IntRange(1, 72), default=2, show_default=True, help="How long the notice is of use.")
@click.pass_obj
def tell(tools: CardTools, text: str, hours: int) -> None:
    """Tell every agent's phone something, such as that a carrier is slow."""
    if tools.notices is None or not text.strip() or len(text) > LONGEST_NOTICE:
        raise click.BadParameter(f"1..{LONGEST_NOTICE}", param_hint="TEXT")
    count = tools.notices.tell(tools.everybody(), text.strip(), timedelta(hours=hours))
    click.echo(say(NOTICES, tools.language, {"count": count}))


@sim.command("notices")
@click.option("--count", type=click.IntRange(1, 200), default=20, show_default=True)
@click.pass_obj
def notices(tools: CardTools, count: int) -> None:
    """What was given out last, and how many phones it has reached."""
    for one in tools.notices.latest(count) if tools.notices is not None else ():
        states = " · ".join(f"{state} {number}" for state, number in sorted(one.states.items()))
        click.echo("\t".join((one.at.isoformat(" ", "seconds"), states, one.text)))


@sim.command("upkeep")
@click.option("--days", type=click.IntRange(1), default=180, show_default=True)
@click.pass_obj
def upkeep(tools: CardTools, days: int) -> None:
    """Drop messages and events older than so many days, and enter key versions whose time is over as dead."""
    tools.keys.end_retired()
    tools.cards.forget(timedelta(days=days))
    click.echo(say(DONE, tools.language))


def history_lines(history: CardHistory, minor_digits: int) -> list[str]:
    """A card's history as staff reads it, columns between tabs."""
    card = history.card
    lines = ["\t".join((card.iccid, card.msisdn, card.state.value, card.reason, f"checksum failures {card.checksum_failures}"))]
    for item in history.messages:
        amount = "" if item.amount_minor is None else format_amount(item.amount_minor, minor_digits)
        moment = item.received_at.isoformat(" ", "seconds")
        facts = (StkOperation(item.operation).name.lower(), item.number, amount, item.outcome, item.order_number)
        lines.append("\t".join((moment, item.reference, f"counter {item.counter}", *facts, f"answers {item.answers}")))
    lines += ["\t".join((f"{row.at:%Y-%m-%d %H:%M:%S}", row.kind, f"{row.status:02x}", row.detail)) for row in history.events]
    return lines


def _key(file: Path) -> bytes:
    try:
        return bytes.fromhex(file.read_text("ascii"))
    except ValueError:
        # The error itself may carry part of the key.
        raise CardError(CardProblem.BAD_KEY, why=file.name) from None
