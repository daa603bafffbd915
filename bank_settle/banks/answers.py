"""What a bank says of a payment file: pain.002 in editions .03 and .12, and the return file of a batch (代收代付)."""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from bank_settle.files.amounts import from_major
from bank_settle.files.errors import BadFile, Fault
from bank_settle.statements.safe_xml import elements, namespace_of

ACCEPTED, REJECTED = "accepted", "rejected"
_STATUS = {"ACCP": ACCEPTED, "ACTC": ACCEPTED, "ACSP": ACCEPTED, "ACSC": ACCEPTED, "ACCC": ACCEPTED, "ACWC": ACCEPTED, "RJCT": REJECTED}
# The bank has it, or looks at it; nothing is decided.
_UNDECIDED = frozenset({"RCVD", "PDNG", "PART", "PATC", ""})
_MESSAGES = frozenset({"pain.002.001.03", "pain.002.001.12"})
_BATCH_STATUS = {"0": ACCEPTED, "1": REJECTED, "9": REJECTED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one payment: accepted or rejected, with the bank's reason."""

    item: str
    state: str
    reason: str = ""


@dataclass(slots=True)
class Answer:
    """What is said of one file: of all its payments (None: nothing), and of single ones."""

    message_id: str = ""
    group: str | None = None
    reason: str = ""
    verdicts: list[Verdict] = field(default_factory=list)


def read_pain002(path: Path) -> Answer:
    """A payment status report. Raises BadFile; a status nobody knows decides nothing and is refused."""
    message = namespace_of(path)
    if message not in _MESSAGES:
        raise BadFile(Fault.SCHEMA, detail=message)
    answer = Answer()
    with closing(elements(path, frozenset({"OrgnlGrpInfAndSts", "TxInfAndSts"}), message)) as found:
        for element in found:
            if etree.QName(element).localname == "OrgnlGrpInfAndSts":
                answer.message_id = _text(element, "OrgnlMsgId")
                answer.group, answer.reason = _status(_text(element, "GrpSts")), _reason(element)
            elif (state := _status(_text(element, "TxSts"))) is not None:
                answer.verdicts.append(Verdict(_text(element, "OrgnlEndToEndId"), state, _reason(element)))
    if not answer.message_id:
        raise BadFile(Fault.HEADER)
    return answer


def _status(told: str) -> str | None:
    if told in _UNDECIDED:
        return None
    if told not in _STATUS:
        raise BadFile(Fault.CODE, detail=told)
    return _STATUS[told]


def _reason(element: etree._Element) -> str:
    code = _text(element, "StsRsnInf/Rsn/Cd") or _text(element, "StsRsnInf/Rsn/Prtry")
    return f"{code} {_text(element, 'StsRsnInf/AddtlInf')}".strip()[:140]


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext("/".join(f"{{*}}{step}" for step in path.split("/"))) or "").strip()


def read_batch_return(path: Path) -> Answer:
    """成功笔数|成功金额|失败笔数|失败金额, then a line a payment: message id|item|amount|status|reason; GBK. Raises BadFile."""
    try:
        lines = path.read_bytes().decode("gbk").splitlines()
    except UnicodeDecodeError:
        raise BadFile(Fault.ENCODING) from None
    if not lines:
        raise BadFile(Fault.EMPTY)
    answer, sums = Answer(), {ACCEPTED: [0, 0], REJECTED: [0, 0]}
    for number, line in enumerate(lines[1:], 2):
        verdict, message_id, amount = _batch_line(line, number)
        if answer.message_id not in {"", message_id}:
            raise BadFile(Fault.HEADER, number)
        answer.message_id = message_id
        sums[verdict.state][0] += 1
        sums[verdict.state][1] += amount
        answer.verdicts.append(verdict)
    _check_sums(lines[0], sums)
    return answer


def _batch_line(line: str, number: int) -> tuple[Verdict, str, int]:
    values = line.split("|")
    if len(values) != 5:
        raise BadFile(Fault.LINE, number)
    if values[3] not in _BATCH_STATUS:
        raise BadFile(Fault.CODE, number)
    try:
        return Verdict(values[1], _BATCH_STATUS[values[3]], values[4][:140]), values[0], from_major(values[2])
    except ValueError:
        raise BadFile(Fault.AMOUNT, number) from None


def _check_sums(head: str, sums: dict[str, list[int]]) -> None:
    try:
        good, good_sum, bad, bad_sum = head.split("|")
        told = [int(good), from_major(good_sum), int(bad), from_major(bad_sum)]
    except ValueError:
        raise BadFile(Fault.HEADER, 1) from None
    if told[::2] != [sums[ACCEPTED][0], sums[REJECTED][0]]:
        raise BadFile(Fault.COUNT, 1)
    if told[1::2] != [sums[ACCEPTED][1], sums[REJECTED][1]]:
        raise BadFile(Fault.TOTAL, 1)
