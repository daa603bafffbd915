"""Faults planted into the taking in of requests."""

# ruff: noqa: ARG005  a planted fault takes the arguments of what it stands in for

from dataclasses import replace
from typing import Any

from recharge.domain.errors import RefusalCode
from recharge.engine import intake, memory
from recharge.engine.operations import sale
from recharge.engine.operations.registry import HANDLERS
from tests.proof.planted.table import Patch, fault

_NAME_ORDER = "UPDATE request SET order_id = ? WHERE endpoint_id = ? AND reference = ?"


def _prepare_always(patch: Patch) -> None:
    """Also what has been answered before."""

    def prepare(work: Any, asked: Any) -> None:
        work.needs.accounts.add(asked.endpoint.party.deposit_account)
        if asked.endpoint.credential_id is not None:
            work.needs.credentials.add(asked.endpoint.credential_id)
        HANDLERS[type(asked.request.operation)].prepare(work, asked)

    patch.setattr(intake, "_prepare", prepare)


@fault("requests are not remembered: the same reference makes another order")
def memory_off(patch: Patch) -> None:
    remember = intake._remember

    def under_another(work: Any, asked: Any, reply: Any) -> None:
        if asked.key in work.known or asked.key in work.fresh:
            origin = replace(asked.request.origin, reference=f"{asked.key[1]}-{work.parts.ids.next()}")
            asked = replace(asked, request=replace(asked.request, origin=origin))
        remember(work, asked, reply)

    _prepare_always(patch)
    patch.setattr(intake, "recall", lambda work, asked: None)
    patch.setattr(intake, "_remember", under_another)


@fault("a reference that comes twice in one batch is not recognised")
def twice_in_a_batch(patch: Patch) -> None:
    remember = intake._remember

    def forget(work: Any, asked: Any, reply: Any) -> None:
        remember(work, asked, reply)
        work.fresh.pop(asked.key, None)

    patch.setattr(intake, "_remember", forget)


@fault("a tombstone does not stop its request")
def tombstone_ignored(patch: Patch) -> None:
    recall: Any = memory.recall
    remember = intake._remember

    def no_tombstones(work: Any, asked: Any) -> Any:
        reply = recall(work, asked)
        return None if reply is not None and reply.refusal and reply.refusal.code is RefusalCode.VOIDED else reply

    def once(work: Any, asked: Any, reply: Any) -> None:
        # The tombstone's row stays, and names the order from now on.
        if asked.key in work.known:
            values = (int(reply.order.order_number) if reply.order else None, *asked.key)
            work.parts.database.change(work.connection, _NAME_ORDER, values)
        else:
            remember(work, asked, reply)

    _prepare_always(patch)
    patch.setattr(intake, "recall", no_tombstones)
    patch.setattr(intake, "_remember", once)


@fault("the duplicate guard is off: the same customer and amount without a mark")
def guard_off(patch: Patch) -> None:
    patch.setattr(sale, "_check_guard", lambda work, asked: None)
