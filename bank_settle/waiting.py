"""Why a step cannot be done yet: nothing is wrong, something has still to come."""

from bank_settle.files.errors import BadFile
from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say
from recharge import Worded


class Why(Worded):
    """What is waited for."""

    DAY_NOT_OVER = "day_not_over", _("这一天还没有过完")
    ORDERS_HELD = "orders_held", _("还有{count}笔订单未发出")
    NO_STATEMENT = "no_statement", _("运营商账单还没有出")
    NO_FILE = "no_file", _("没有找到文件{name}")
    NO_CHANNEL = "no_channel", _("没有哪个程序提供{name}的终端批次")
    BAD_FILE = "bad_file", _("文件{name}不能用：{reason}")
    CARRIER_CANNOT_TELL = "carrier_cannot_tell", _("运营商答复不能用：{reason}")
    EARLIER_DAY_OPEN = "earlier_day_open", _("更早的{day}还没有关账")
    STEPS_LEFT = "steps_left", _("{scope}还没有做完")
    NOT_SIGNED = "not_signed", _("财务还没有签字")
    SAME_PERSON = "same_person", _("签字和复核不能是同一个人")
    BREACH = "breach", _("账目核验不通过：{reason}")


class NotYet(Exception):
    """The step has to wait; it can be tried again at any time. A fact that is a file's fault is told in the reader's language as well."""

    def __init__(self, why: Why, **facts: str | int | BadFile) -> None:
        super().__init__(f"{why.value} {facts}")
        self.why, self.facts = why, facts

    def told(self, language: str | None = None) -> str:
        """One sentence for people."""
        facts = {name: fact.told(language) if isinstance(fact, BadFile) else fact for name, fact in self.facts.items()}
        return say(self.why.text, language, facts)
