"""What the separate reader found: one finding an invariant, its breaches by name, told in three languages, one line each."""

import gettext
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

MOST_DETAILS = 20
_SOURCE_LANGUAGE = "zh_CN"
_FOLDER = Path(__file__).parent / "translations"


def lazy_gettext(text: str) -> str:
    """Marks a text for the catalogues; it is translated when it is told."""
    return text


_ = lazy_gettext
Facts = Mapping[str, str | int | None]

TEXTS: dict[str, str] = {
    "I1": _("所有分录之和为零：总计、每笔、每日、每类"),
    "I2": _("存储的余额与计数等于分录和订单推算的结果"),
    "I3": _("没有余额低于下限"),
    "I4": _("冻结账户恰好等于在途订单的金额"),
    "I5": _("每笔订单每一步在每个账户只记一次，结算与退回二者只有其一"),
    "I6": _("每笔分录都有订单，每笔订单的分录与独立推算的一致"),
    "I7": _("本方成功的订单与运营商入账的流水双向一致"),
    "I8": _("一个请求一笔订单，一笔订单至多入账一次"),
    "I9": _("没有无人跟进的在途订单（列出超过15分钟的）"),
    "I10": _("只有确认未送出、失败或经裁定的订单才退款"),
    "I11": _("每笔订单的状态都有分录、尝试和答复作证"),
    "I12": _("封印链完整，无改动、缺失或多余"),
    "I13": _("没有流水号用过两次，已作废的流水号没有订单"),
    "I14": _("每个终态恰有一条告知代理的消息，已发或待发"),
    "I15": _("文本列中没有密码或密钥"),
    "I16": _("已日结的日子封印未变"),
}
_HOLDS = _("成立")
_BROKEN = _("不成立")
_NOT_LOOKED = _("未查")
_MORE = _("另有{count}处")


@dataclass(frozen=True, slots=True)
class Detail:
    """One breach (or, of I9, one order to look at): a text and the facts it names in braces."""

    text: str
    facts: Facts = field(default_factory=dict)

    def told(self, language: str) -> str:
        """The detail in a language."""
        return say(self.text, language, self.facts)

    def __str__(self) -> str:
        return self.told(_SOURCE_LANGUAGE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant of docs/books.md: whether it holds, and its first MOST_DETAILS details of `count`.

    `looked` is False where nothing was there to compare with: then `holds` says nothing.
    """

    invariant: str
    holds: bool
    text: str
    detail: tuple[Detail, ...] = ()
    count: int = 0
    looked: bool = True


class Gathering:
    """Takes details in for one invariant and keeps the first of them, however many there are."""

    def __init__(self, invariant: str) -> None:
        self.invariant = invariant
        self._kept: list[Detail] = []
        self._count = 0
        self._broken = False

    def take(self, details: Iterable[Detail], *, breach: bool = True) -> None:
        """Add details; those that are no breach are told and leave the invariant standing."""
        for detail in details:
            self._count += 1
            self._broken |= breach
            if len(self._kept) < MOST_DETAILS:
                self._kept.append(detail)

    def finding(self) -> Finding:
        """The finding so far."""
        return Finding(self.invariant, not self._broken, TEXTS[self.invariant], tuple(self._kept), self._count)


def not_looked(invariant: str) -> Finding:
    """The finding of an invariant that had nothing to be compared with."""
    return Finding(invariant, holds=True, text=TEXTS[invariant], looked=False)


def holds(findings: Iterable[Finding]) -> bool:
    """Whether no invariant is broken."""
    return all(finding.holds for finding in findings)


def report(findings: Sequence[Finding], language: str = _SOURCE_LANGUAGE) -> str:
    """One line an invariant, its details after it; `language` is zh_CN, en or id."""
    return "\n".join(_line(finding, language) for finding in findings)


def _line(finding: Finding, language: str) -> str:
    verdict = _NOT_LOOKED if not finding.looked else _HOLDS if finding.holds else _BROKEN
    head = f"{finding.invariant:<4}{say(verdict, language)}  {say(finding.text, language)}"
    return "; ".join([head, *_details(finding, language)])


def _details(finding: Finding, language: str) -> Iterator[str]:
    yield from (detail.told(language) for detail in finding.detail)
    if finding.count > len(finding.detail):
        yield say(_MORE, language, {"count": finding.count - len(finding.detail)})


def say(text: str, language: str, facts: Facts | None = None) -> str:
    """A text in a language with its facts put in."""
    return _translations(language).gettext(text).format_map(dict(facts or {}))


@cache
def _translations(language: str) -> gettext.NullTranslations:
    source = _FOLDER / language / "LC_MESSAGES" / "messages.po"
    if not source.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as text:
        write_mo(compiled, read_po(text, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
