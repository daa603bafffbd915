"""A batch of PDUs from a network or a partner becomes a batch of whole messages; verdicts become statuses."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from gsm import concat, udh
from stk_sms.smpp import messages
from stk_sms.smpp.pdus import DataSm, DeliverSm, SubmitSm
from stk_sms.smpp.status import Status
from stk_sms.transport import Handler, Verdict

_log = logging.getLogger(__name__)
Message = DeliverSm | SubmitSm | DataSm


class Taker:
    """Puts parts together and asks the gateway, once for all messages of a batch."""

    def __init__(
        self, link: str, handler: Handler, statuses: dict[Verdict, Status], wall: Callable[[], datetime], *, packed: bool = False
    ) -> None:
        self._link, self._handler, self._statuses, self._wall, self._packed = link, handler, statuses, wall, packed
        self._parts = concat.Reassembler()

    async def take(self, bodies: Sequence[tuple[str, Message]]) -> list[int]:
        """The status for each message id and body, in their order; parts of messages that are not whole yet are taken.

        A repeated part of a message that was taken is taken again and told to nobody.
        """
        now = self._wall()
        statuses: list[int] = [Status.ROK] * len(bodies)
        whole: list[tuple[int, messages.Arrived]] = []
        for index, (message_id, body) in enumerate(bodies):
            try:
                found = self._whole(messages.arrived(self._link, message_id, body, now, packed=self._packed), now)
            except udh.BadHeader as error:
                _log.warning("a message on %s was refused: %s", self._link, error)
                statuses[index] = self._statuses[Verdict.PERMANENT]
                continue
            if found is not None:
                whole.append((index, found))
        verdicts = await self._handler([one.message for _, one in whole]) if whole else []
        for (index, one), verdict in zip(whole, verdicts, strict=True):
            statuses[index] = self._statuses[verdict]
            if one.part and verdict is not Verdict.TEMPORARY:
                self._parts.finish(one.key)
        return statuses

    def _whole(self, one: messages.Arrived, now: datetime) -> messages.Arrived | None:
        if one.part is None:
            return one
        data = self._parts.add(one.key, one.part.number, one.message.data, now.timestamp())
        if data is None:
            return None
        header = udh.without_part(one.message.udh)
        return replace(one, message=replace(one.message, data=data, udh=header, parts=one.part.count))
