"""The book of reply rules: made from texts that nobody could read, checked against all others, retired but never deleted."""

from collections.abc import Sequence
from dataclasses import replace

from recharge.books import reply_statements as statements
from recharge.books.changes import CATALOGUE
from recharge.books.reply_statements import Miss
from recharge.books.tables.replies import reply_rule
from recharge.domain.reply_patterns import squeezed
from recharge.domain.reply_rules import BadRule, Reply, ReplyRule, RuleSet, Unread, anonymous
from recharge.engine.administration import checks, lookups
from recharge.engine.administration.errors import AdministrationCode, AdministrationError, unknown
from recharge.engine.administration.office import Change, Desk, Duty, duty

LOCAL = "local"


class ReplyBook(Desk):
    """Changes of reply rules and of the queue of texts that no rule could read. `minor_digits` are the currency's."""

    @duty(Duty.LINKS)
    def add(self, change: Change, rule: ReplyRule, origin: str = LOCAL, minor_digits: int = 2) -> int:
        """A new rule; how many waiting texts it reads. Raises AdministrationError(BAD_RULE) with the reason."""
        return _add(change, rule, origin, minor_digits)

    @duty(Duty.LINKS)
    def make(self, change: Change, miss_id: int, rule: ReplyRule, minor_digits: int = 2) -> int:
        """A rule made from a waiting text, which becomes its sample with the numbers in it blotted out; how many waiting texts it reads."""
        miss = _miss(change, miss_id)
        draft = replace(rule, samples=(squeezed(miss.text),), valid_from=min(rule.valid_from, miss.received_at))
        told = _checked(RuleSet([draft], minor_digits), draft).read(miss.text, miss.scope, miss.received_at)
        if isinstance(told, Unread):
            raise AdministrationError(AdministrationCode.BAD_RULE, name=rule.code, reason="its scope does not cover the text")
        return _add(change, replace(draft, samples=(anonymous(miss.text, told),)), LOCAL, minor_digits)

    @duty(Duty.LINKS)
    def start(self, change: Change, rules: Sequence[tuple[ReplyRule, str]], minor_digits: int = 2) -> int:
        """Put in those of the rules (with their origins) that are not there yet, all or none; how many."""
        known = {rule.code for rule in statements.read_rules(change.connection)}
        new = [(rule, origin) for rule, origin in rules if rule.code not in known]
        for rule, origin in new:
            _add(change, rule, origin, minor_digits)
        return len(new)

    @duty(Duty.LINKS)
    def retire(self, change: Change, code: str) -> None:
        """Texts received from now on are not read by it any more."""
        standing = (reply_rule.c.code == code) & reply_rule.c.retired_at.is_(None)
        if change.connection.execute(reply_rule.update().where(standing).values(retired_at=change.now)).rowcount == 0:
            raise unknown("reply_rule", code)
        change.note("reply_rule_retired", f"reply_rule:{code}")
        change.stale(CATALOGUE, 0)

    @duty(Duty.LINKS)
    def put_away(self, change: Change, miss_id: int) -> int:
        """Take a waiting text, and all others of its wording, out of the queue without a rule; how many."""
        miss = _miss(change, miss_id)
        count = statements.settle_shape(change.connection, miss.text, change.now)
        change.note("reply_put_away", f"reply_miss:{miss_id}", count=count)
        return count

    def rules(self) -> list[ReplyRule]:
        """Every rule."""
        with self.office.database.read() as connection:
            return statements.read_rules(connection)

    def queue(self) -> list[Miss]:
        """One waiting text of each wording, oldest first."""
        with self.office.database.read() as connection:
            return statements.queue(connection)

    def waiting(self, miss_id: int) -> Miss:
        """A waiting text. Raises AdministrationError(UNKNOWN_OBJECT)."""
        with self.office.database.read() as connection:
            return _found(statements.read_miss(connection, miss_id), miss_id)


def _add(change: Change, rule: ReplyRule, origin: str, minor_digits: int) -> int:
    rule = replace(rule, code=checks.code("code", rule.code))
    if rule.scope.link:
        lookups.id_of(change.connection, "link", rule.scope.link)
    book = RuleSet(statements.read_rules(change.connection), minor_digits)
    after = _checked(book, rule)
    change.insert(reply_rule, "reply_rule", rule.code, id=change.ids.next(), **statements.rule_columns(rule, origin))
    read = [miss.id for miss in statements.open_misses(change.connection) if _reads(after, rule, miss)]
    if rule.meaning.state is None:
        statements.settle(change.connection, read, change.now, rule.code)
    else:
        # The dispatcher brings what they say to their orders; what fits no order goes on waiting for a person.
        statements.mark_read(change.connection, read, rule.code)
    change.note("reply_rule_made", f"reply_rule:{rule.code}", meaning=rule.meaning.value, pattern=rule.pattern, origin=origin)
    change.stale(CATALOGUE, 0)
    return len(read)


def _checked(book: RuleSet, rule: ReplyRule) -> RuleSet:
    if any(other.code == rule.code for other in book.rules if other is not rule):
        raise AdministrationError(AdministrationCode.TAKEN, object="reply_rule", name=rule.code)
    try:
        return book.with_rule(rule)
    except BadRule as error:
        raise AdministrationError(AdministrationCode.BAD_RULE, name=rule.code, reason=str(error)) from None


def _reads(book: RuleSet, rule: ReplyRule, miss: Miss) -> bool:
    told = book.read(miss.text, miss.scope, miss.received_at)
    return isinstance(told, Reply) and told.rule == rule.code


def _miss(change: Change, miss_id: int) -> Miss:
    return _found(statements.read_miss(change.connection, miss_id), miss_id)


def _found(miss: Miss | None, miss_id: int) -> Miss:
    if miss is None:
        raise unknown("reply_miss", str(miss_id))
    return miss
