"""Commands for reading replies: the rules, the texts that no rule could read, and rules made from those."""

from datetime import UTC, datetime

import click

from recharge.cli.console import Console
from recharge.clock import SystemClock
from recharge.domain.reply_rules import Meaning, Reply, ReplyRule, RuleSet, Scope
from recharge.engine.administration import SHELL
from recharge.suppliers.starting_rules import COUNTRIES, starting_rules
from recharge.texts.console import DONE, NOT_READ, PUT_AWAY, READ_BY, RULE_MADE, RULES_STARTED

_MEANINGS = click.Choice([meaning.value for meaning in Meaning])
_DECIMALS = click.Choice([".", ",", "none"])
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


@click.group()
def reply() -> None:
    """How replies of chips and partner servers are read."""


@reply.command("list")
@click.pass_obj
def reply_list(console: Console) -> None:
    """Every rule."""
    with console.administration() as desks:
        rows = desks.replies.rules()
    heads = ("code", "link", "channel", "sender", "order", "meaning", "retired", "pattern")
    where = ((rule, rule.scope) for rule in rows)
    console.table(
        heads,
        ((r.code, s.link, s.channel, s.sender, r.order, r.meaning.value, "retired" if r.retired_at else "", r.pattern) for r, s in where),
    )


@reply.command("start")
@click.argument("country", type=click.Choice(COUNTRIES))
@click.option("--link", "link_code", default="", help="Only for this link; left out: for every link.")
@click.pass_obj
def reply_start(console: Console, country: str, link_code: str) -> None:
    """Put in the rules that come with the product for a COUNTRY."""
    rules = starting_rules(country, link_code.upper())
    with console.administration() as desks:
        count = desks.replies.start(SHELL, rules, console.settings().minor_digits)
    console.say(RULES_STARTED, count=count)


@reply.command("queue")
@click.pass_obj
def reply_queue(console: Console) -> None:
    """Texts that no rule reads, one of each wording, the oldest first."""
    with console.administration() as desks:
        waiting = desks.replies.queue()
    heads = ("number", "link", "channel", "sender", "times", "why", "rule", "text")
    console.table(heads, ((m.id, m.scope.link, m.scope.channel, m.scope.sender, m.times, m.why, m.rule_code, m.text) for m in waiting))


@reply.command("try")
@click.argument("link_code")
@click.argument("text")
@click.option("--channel", default="")
@click.option("--sender", default="")
@click.pass_obj
def reply_try(console: Console, link_code: str, text: str, channel: str, sender: str) -> None:
    """Show how a TEXT of a link would be read now."""
    with console.administration() as desks:
        rules = RuleSet(desks.replies.rules(), console.settings().minor_digits)
    told = rules.read(text, Scope(link_code.upper(), channel, sender), SystemClock().now())
    if not isinstance(told, Reply):
        console.say(NOT_READ, reason=told.why.value, name=" ".join(told.rules))
        return
    console.say(READ_BY, name=told.rule, meaning=told.meaning.value)
    console.table(("piece", "value"), _pieces(told))


@reply.command("make")
@click.argument("number", type=int)
@click.argument("code")
@click.argument("meaning", type=_MEANINGS)
@click.argument("pattern")
@click.option("--decimal", type=_DECIMALS, default=".", show_default=True, help="The sign before the fraction of its amounts.")
@click.option("--order", type=int, default=100, show_default=True, help="Lower is tried first.")
@click.option("--everywhere", is_flag=True, help="For every link, not only the one it came from.")
@click.pass_obj
def reply_make(console: Console, number: int, code: str, meaning: str, pattern: str, decimal: str, order: int, everywhere: bool) -> None:
    """Make a rule from text NUMBER of the queue, which becomes its sample."""
    digits = console.settings().minor_digits
    with console.administration() as desks:
        scope = desks.replies.waiting(number).scope
        where = Scope("", scope.channel, scope.sender) if everywhere else scope
        rule = _rule(code, pattern, meaning, (), where, order, decimal)
        count = desks.replies.make(SHELL, number, rule, digits)
    console.say(RULE_MADE, count=count)


@reply.command("add")
@click.argument("code")
@click.argument("meaning", type=_MEANINGS)
@click.argument("pattern")
@click.option("--sample", "samples", multiple=True, required=True, help="A text it reads; may be given several times.")
@click.option(
    "--from",
    "where",
    nargs=3,
    default=("", "", ""),
    metavar="LINK CHANNEL SENDER",
    help="Only texts from there; '' is any.",
    show_default=False,
)
@click.option("--decimal", type=_DECIMALS, default=".", show_default=True, help="The sign before the fraction of its amounts.")
@click.option("--order", type=int, default=100, show_default=True, help="Lower is tried first.")
@click.pass_obj
def reply_add(
    console: Console,
    code: str,
    meaning: str,
    pattern: str,
    samples: tuple[str, ...],
    where: tuple[str, str, str],
    decimal: str,
    order: int,
) -> None:
    """Add a rule with its samples."""
    rule = _rule(code, pattern, meaning, samples, Scope(where[0].upper(), *where[1:]), order, decimal)
    digits = console.settings().minor_digits
    with console.administration() as desks:
        count = desks.replies.add(SHELL, rule, minor_digits=digits)
    console.say(RULE_MADE, count=count)


@reply.command("retire")
@click.argument("code")
@click.pass_obj
def reply_retire(console: Console, code: str) -> None:
    """Read nothing new by a rule; texts that were received before are still read by it."""
    with console.administration() as desks:
        desks.replies.retire(SHELL, code.upper())
    console.say(DONE)


@reply.command("dismiss")
@click.argument("number", type=int)
@click.pass_obj
def reply_dismiss(console: Console, number: int) -> None:
    """Put text NUMBER of the queue, and all others of its wording, away without a rule."""
    with console.administration() as desks:
        count = desks.replies.put_away(SHELL, number)
    console.say(PUT_AWAY, count=count)


def _rule(code: str, pattern: str, meaning: str, samples: tuple[str, ...], scope: Scope, order: int, decimal: str) -> ReplyRule:
    sign = "" if decimal == "none" else decimal
    return ReplyRule(code.upper(), pattern, Meaning(meaning), samples, _ALWAYS, scope, order, sign)


def _pieces(told: Reply) -> list[tuple[str, object]]:
    names = (name for name in Reply.__dataclass_fields__ if name not in {"rule", "meaning", "spans"})
    return [(name, value) for name in names if (value := getattr(told, name)) not in (None, "", {})]
