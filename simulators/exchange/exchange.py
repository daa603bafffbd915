"""The stand-in for Asterisk as a whole: its calls, its global variables, and the actions that reach them."""

import asyncio
import time
from itertools import count

from simulators.exchange.call import Call
from simulators.exchange.manager import Headers, Manager, Session

_STALE_SECONDS = 8


class Exchange:
    """One exchange. Playing a prompt takes `pace` seconds; waiting for keys takes `patience` times what was asked for."""

    def __init__(self, user: str = "kongchong", secret: str = "", *, pace: float = 0.002, patience: float = 0.05, most: int = 200) -> None:
        self.pace, self.patience, self.most = pace, patience, most
        self.variables: dict[str, str] = {}
        self.calls: dict[str, Call] = {}
        self.commands: list[str] = []
        self._numbers, self._began = count(), int(time.time())
        self._tasks: set[asyncio.Future[None]] = set()
        actions = {"setvar": self._setvar, "agi": self._agi, "status": self._statuses, "redirect": self._redirect, "ping": self._ping}
        self.manager = Manager(user, secret, actions)

    @property
    def served(self) -> bool:
        """Whether somebody has said within eight seconds that calls are served."""
        return time.time() - int(self.variables.get("IVR_BEAT", "0")) <= _STALE_SECONDS

    async def call(self, number: str) -> Call:
        """A call from a number, taken. Raises Refused."""
        return await self.ring(number).dial()

    def ring(self, number: str) -> Call:
        """A call that has not been dialled yet."""
        call = Call(self, number)
        self.calls[call.channel] = call
        return call

    def new_names(self) -> tuple[str, str]:
        """A channel's name and the call's id, unique while this exchange lives."""
        number = next(self._numbers)
        return f"PJSIP/agents-{number:08x}", f"exchange-{self._began}.{number}"

    def calls_now(self) -> int:
        """How many calls there are, the newest with them."""
        return len(self.calls)

    def tell(self, name: str, *headers: tuple[str, str]) -> None:
        """An event to the manager's clients."""
        self.manager.tell(name, *headers)

    def left(self, call: Call) -> None:
        """A call has ended."""
        self.calls.pop(call.channel, None)

    def keep(self, task: "asyncio.Future[None]") -> None:
        """Hold a task until it is done."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End all calls and listen no more."""
        for call in list(self.calls.values()):
            call.close()
        await self.manager.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _setvar(self, session: Session, asked: Headers) -> None:
        self.variables[asked["variable"]] = asked["value"]
        session.respond(asked, "Success", ("Message", "Variable Set"))

    def _ping(self, session: Session, asked: Headers) -> None:
        session.respond(asked, "Success", ("Ping", "Pong"))

    def _agi(self, session: Session, asked: Headers) -> None:
        call = self.calls.get(asked["channel"])
        if call is None:
            session.respond(asked, "Error", ("Message", f"Channel {asked['channel']} does not exist."))
            return
        self.commands.append(asked["command"])
        session.respond(asked, "Success", ("Message", "Added AGI command to queue"))
        call.command(asked["command"], asked.get("commandid", ""))

    def _redirect(self, session: Session, asked: Headers) -> None:
        call = self.calls.get(asked["channel"])
        if call is None:
            session.respond(asked, "Error", ("Message", "Channel does not exist"))
            return
        session.respond(asked, "Success", ("Message", "Redirect successful"))
        call.redirect(asked["exten"])

    def _statuses(self, session: Session, asked: Headers) -> None:
        session.respond(asked, "Success", ("EventList", "start"))
        for call in self.calls.values():
            where = (("Context", "kongchong"), ("Exten", call.exten))
            owner = ("Variable", f"IVR_OWNER={call.owner}")
            session.event("Status", ("Channel", call.channel), ("Uniqueid", call.unique), *where, owner)
        session.event("StatusComplete", ("EventList", "Complete"))
