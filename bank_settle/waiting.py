"""Why a step cannot be done yet: nothing is wrong, something has still to come."""

from enum import StrEnum

from bank_settle.files.errors import BadFile
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say


class Why(StrEnum):
    """What is waited for."""

    DAY_NOT_OVER = "day_not_over"
    ORDERS_HELD = "orders_held"
    NO_STATEMENT = "no_statement"
    NO_FILE = "no_file"
    NO_CHANNEL = "no_channel"
    BAD_FILE = "bad_file"
    CARRIER_CANNOT_TELL = "carrier_cannot_tell"
    EARLIER_DAY_OPEN = "earlier_day_open"
    STEPS_LEFT = "steps_left"
    NOT_SIGNED = "not_signed"
    SAME_PERSON = "same_person"
    BREACH = "breach"


TEXTS: dict[Why, str] = {
    Why.DAY_NOT_OVER: _("这一天还没有过完"),
    Why.ORDERS_HELD: _("还有{count}笔订单未发出"),
    Why.NO_STATEMENT: _("运营商账单还没有出"),
    Why.NO_FILE: _("没有找到文件{name}"),
    Why.NO_CHANNEL: _("没有哪个程序提供{name}的终端批次"),
    Why.BAD_FILE: _("文件{name}不能用：{reason}"),
    Why.CARRIER_CANNOT_TELL: _("运营商答复不能用：{reason}"),
    Why.EARLIER_DAY_OPEN: _("更早的{day}还没有关账"),
    Why.STEPS_LEFT: _("{scope}还没有做完"),
    Why.NOT_SIGNED: _("财务还没有签字"),
    Why.SAME_PERSON: _("签字和复核不能是同一个人"),
    Why.BREACH: _("账目核验不通过：{reason}"),
}


class NotYet(Exception):
    """The step has to wait; it can be tried again at any time. A fact that is a file's fault is told in the reader's language as well."""

    def __init__(self, why: Why, **facts: str | int | BadFile) -> None:
        super().__init__(f"{why.value} {facts}")
        self.why, self.facts = why, facts

    def told(self, language: str | None = None) -> str:
        """One sentence for people."""
        facts = {name: fact.told(language) if isinstance(fact, BadFile) else fact for name, fact in self.facts.items()}
        return say(TEXTS[self.why], language, facts)
