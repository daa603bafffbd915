"""What can be wrong with a file: one exception with a code, the line and what stands there. A file with any fault is refused whole."""

from enum import StrEnum

from bank_settle.texts import lazy_gettext as _
from bank_settle.texts import say


class Fault(StrEnum):
    """Why a file was refused. The value is stored with the day: never rename one."""

    UNREADABLE = "file_unreadable"
    ENCODING = "file_encoding"
    EMPTY = "file_empty"
    HEADER = "file_header"
    TRAILER = "file_trailer"
    WRONG_DAY = "file_wrong_day"
    WRONG_OWNER = "file_wrong_owner"
    COUNT = "file_count"
    TOTAL = "file_total"
    CHECKSUM = "file_checksum"
    LINE = "file_line"
    DATE = "file_date"
    AMOUNT = "file_amount"
    CODE = "file_code"
    TWICE = "file_line_twice"
    SCHEMA = "file_schema"
    HOSTILE = "file_hostile"
    CURRENCY = "file_currency"
    BALANCE = "file_balance"
    PENDING = "file_not_ready"


TEXTS: dict[Fault, str] = {
    Fault.UNREADABLE: _("文件读不出来"),
    Fault.ENCODING: _("编码不对"),
    Fault.EMPTY: _("文件是空的，但当日应有内容"),
    Fault.HEADER: _("文件头不对"),
    Fault.TRAILER: _("文件尾不对"),
    Fault.WRONG_DAY: _("不是这一天的文件"),
    Fault.WRONG_OWNER: _("不是我方的文件"),
    Fault.COUNT: _("笔数与明细不符"),
    Fault.TOTAL: _("金额合计与明细不符"),
    Fault.CHECKSUM: _("校验值不符"),
    Fault.LINE: _("明细格式不对"),
    Fault.DATE: _("明细日期不对"),
    Fault.AMOUNT: _("明细金额不对"),
    Fault.CODE: _("明细代码不认识"),
    Fault.TWICE: _("同一笔明细出现两次"),
    Fault.SCHEMA: _("不符合官方格式定义"),
    Fault.HOSTILE: _("含有不允许的内容"),
    Fault.CURRENCY: _("币种不对"),
    Fault.BALANCE: _("期初加发生额不等于期末"),
    Fault.PENDING: _("还没有出账单"),
}


class BadFile(Exception):
    """A file that is not used. `line` counts from 1 (0: the file as a whole); `detail` never carries a whole line."""

    def __init__(self, fault: Fault, line: int = 0, detail: str = "") -> None:
        super().__init__(f"{fault.value} line {line} {detail}")
        self.fault, self.line, self.detail = fault, line, detail[:60]

    def told(self, language: str | None = None) -> str:
        """One sentence for people."""
        where = say(_("第{line}行"), language, {"line": self.line}) if self.line else ""
        return " ".join(part for part in (say(TEXTS[self.fault], language), where, self.detail) if part)
