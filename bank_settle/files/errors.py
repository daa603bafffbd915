"""What can be wrong with a file: one exception with a code, the line and what stands there. A file with any fault is refused whole."""

from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say
from recharge import Worded


class Fault(Worded):
    """Why a file was refused. The value is stored with the day: never rename one."""

    UNREADABLE = "file_unreadable", _("文件读不出来")
    ENCODING = "file_encoding", _("编码不对")
    EMPTY = "file_empty", _("文件是空的，但当日应有内容")
    HEADER = "file_header", _("文件头不对")
    TRAILER = "file_trailer", _("文件尾不对")
    WRONG_DAY = "file_wrong_day", _("不是这一天的文件")
    WRONG_OWNER = "file_wrong_owner", _("不是我方的文件")
    COUNT = "file_count", _("笔数与明细不符")
    TOTAL = "file_total", _("金额合计与明细不符")
    CHECKSUM = "file_checksum", _("校验值不符")
    LINE = "file_line", _("明细格式不对")
    DATE = "file_date", _("明细日期不对")
    AMOUNT = "file_amount", _("明细金额不对")
    CODE = "file_code", _("明细代码不认识")
    TWICE = "file_line_twice", _("同一笔明细出现两次")
    SCHEMA = "file_schema", _("不符合官方格式定义")
    HOSTILE = "file_hostile", _("含有不允许的内容")
    CURRENCY = "file_currency", _("币种不对")
    BALANCE = "file_balance", _("期初加发生额不等于期末")
    PENDING = "file_not_ready", _("还没有出账单")


class BadFile(Exception):
    """A file that is not used. `line` counts from 1 (0: the file as a whole); `detail` never carries a whole line."""

    def __init__(self, fault: Fault, line: int = 0, detail: str = "") -> None:
        super().__init__(f"{fault.value} line {line} {detail}")
        self.fault, self.line, self.detail = fault, line, detail[:60]

    def told(self, language: str | None = None) -> str:
        """One sentence for people."""
        where = say(_("第{line}行"), language, {"line": self.line}) if self.line else ""
        return " ".join(part for part in (say(self.fault.text, language), where, self.detail) if part)
