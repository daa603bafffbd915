"""Checks of single orders against what was answered about them: I10 and I11."""

from collections.abc import Iterator

from recharge.verify.findings import Detail, Facts
from recharge.verify.findings import lazy_gettext as _
from recharge.verify.lives import ENDED, OPEN, SETTLED, Attempt, Life

_STATES = OPEN | SETTLED | {"failed"}
_UNDECIDED = frozenset({"sending", "accepted", "unknown"})
_CONTRADICTED = frozenset({"dispute", "quarantine"})
# One NOT_FOUND may mean that the request still waits somewhere (docs/carrier-protocol.md, 5.2).
_LEAST_NOT_FOUND = 2


def given_back_on_evidence(life: Life) -> Iterator[Detail]:
    """I10: money went back only if every attempt is known not to have been carried out."""
    if not life.outward or life.state != "failed":
        return
    for attempt in life.submits():
        if attempt.state not in {"failed", "not_sent"}:
            yield Detail(_("订单{order}已退款，尝试{attempt}却是{state}"), _facts(life, attempt))
        elif not _says_no(life, attempt):
            yield Detail(_("订单{order}已退款，尝试{attempt}没有未成功的答复"), _facts(life, attempt))
        if _says_yes(life, attempt) and not life.events & _CONTRADICTED:
            yield Detail(_("订单{order}已退款，尝试{attempt}却有成功的答复且未列争议"), _facts(life, attempt))


def _says_no(life: Life, attempt: Attempt) -> bool:
    states = [answer.state for answer in life.said(attempt)]
    return "failed" in states or "not_sent" in states or states.count("not_found") >= _LEAST_NOT_FOUND


def _says_yes(life: Life, attempt: Attempt, *also: str) -> bool:
    return any(answer.state in {"success", *also} for answer in life.said(attempt))


def state_explained(life: Life) -> Iterator[Detail]:
    """I11: entries, attempts, answers and times are those of the state the order is in."""
    if life.state not in _STATES or (not life.outward and life.state not in {"succeeded", "reversed"}):
        yield Detail(_("订单{order}的状态{state}不可能"), {"order": life.id, "state": life.state})
        return
    yield from _entries_fit(life)
    yield from _times_fit(life)
    if life.outward:
        yield from _attempts_fit(life)
        yield from _result_fits(life)


def _entries_fit(life: Life) -> Iterator[Detail]:
    wanted = [] if not life.outward else [1]
    wanted += [] if life.state in OPEN else [2, 3] if life.state == "reversed" else [2]
    if sorted(life.entries) != wanted:
        facts: Facts = {"order": life.id, "state": life.state, "steps": _list(sorted(life.entries)), "wanted": _list(wanted)}
        yield Detail(_("订单{order}为{state}，凭证步骤是{steps}，应为{wanted}"), facts)


def _times_fit(life: Life) -> Iterator[Detail]:
    if life.state in ENDED and (life.ended_at is None or life.ended_at < life.held_at):
        yield Detail(_("订单{order}已结束而没有可信的结束时间"), {"order": life.id})
    if life.state in OPEN and life.ended_at is not None:
        yield Detail(_("订单{order}在途而有结束时间"), {"order": life.id})
    if life.state in ENDED and life.due_at is not None:
        yield Detail(_("订单{order}已结束而仍待跟进"), {"order": life.id})


def _attempts_fit(life: Life) -> Iterator[Detail]:
    undecided = [attempt for attempt in life.submits() if attempt.state in _UNDECIDED]
    expected = 1 if life.state in {"sending", "unknown"} else 0
    if len(undecided) != expected:
        facts: Facts = {"order": life.id, "state": life.state, "count": len(undecided)}
        yield Detail(_("订单{order}为{state}，未决的尝试有{count}次"), facts)
    if life.attempt_count != len(life.submits()):
        counted: Facts = {"order": life.id, "count": life.attempt_count, "found": len(life.submits())}
        yield Detail(_("订单{order}记有{count}次尝试，实有{found}次"), counted)
    for attempt in life.submits():
        if (attempt.number, attempt.face_minor) != (life.number, life.face_minor):
            yield Detail(_("订单{order}的尝试{attempt}号码或金额不符"), _facts(life, attempt))


def _result_fits(life: Life) -> Iterator[Detail]:
    done = [attempt for attempt in life.submits() if attempt.state == "succeeded"]
    if life.state not in SETTLED:
        if done:
            yield Detail(_("订单{order}为{state}，却有成功的尝试{attempt}"), {**_facts(life, done[0]), "state": life.state})
        return
    # Taken back before it was ever called done: that, too, says that it had been done.
    if not any(attempt.link_id == life.link_id and _says_yes(life, attempt, "reversed") for attempt in done):
        yield Detail(_("订单{order}成功而没有成功的尝试与答复"), {"order": life.id})
    if life.cost_minor is None or not 0 < (life.delivered_minor or 0) <= life.face_minor:
        yield Detail(_("订单{order}成功而没有可信的到账金额与成本"), {"order": life.id})
    if life.state == "reversed" and not _taken_back(life):
        yield Detail(_("订单{order}已返销而没有返销成功的答复"), {"order": life.id})
    if life.state == "reversing" and "reversal_asked" not in life.events:
        yield Detail(_("订单{order}返销中而没有人要求返销"), {"order": life.id})


def _taken_back(life: Life) -> bool:
    """The carrier said so of the order itself, or a reversal of ours was carried out."""
    reversals = {attempt.id for attempt in life.attempts if attempt.action == "reverse" and attempt.state == "succeeded"}
    return any(answer.state == "reversed" or (answer.state == "success" and answer.attempt_id in reversals) for answer in life.answers)


def _facts(life: Life, attempt: Attempt) -> Facts:
    return {"order": life.id, "attempt": attempt.id, "state": attempt.state}


def _list(steps: list[int]) -> str:
    return ",".join(map(str, steps)) or "-"
