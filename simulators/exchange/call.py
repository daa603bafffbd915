"""One call through the stand-in: what dialplan and AsyncAGI do with it on one side, who hears and presses keys on the other."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from simulators.exchange.exchange import Exchange

PATIENCE = 30.0


class NotHeard(AssertionError):
    """Something else was heard than what was waited for, or nothing."""


class Refused(Exception):
    """The call was not taken; `status` as SIP would have it."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class _Gone(Exception):
    """The call ends."""


class Call:
    """One call. The person's half has the same methods as the real telephone's in simulators/sip_caller."""

    def __init__(self, exchange: "Exchange", number: str) -> None:
        self._exchange, self._number = exchange, number
        self.channel, self.unique = exchange.new_names()
        self.names: list[str] = []
        self.language = "zh"
        self.up = False
        self.exten = "s"
        self._variables: dict[str, str] = {}
        self._commands: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._reading = False
        self._cursor = 0
        self._changed, self._over, self._taken = asyncio.Condition(), asyncio.Event(), asyncio.Event()
        self._status = 0
        self._limit: asyncio.TimerHandle | None = None
        self._interrupt: asyncio.Task[None] | None = None

    # The person's half.

    async def dial(self) -> "Call":
        """Wait until the call is taken. Raises Refused."""
        self._interrupt = asyncio.create_task(self._dialplan())
        await asyncio.wait_for(self._taken.wait(), PATIENCE)
        if self._status >= 300:
            raise Refused(self._status)
        return self

    async def press(self, keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            if self._reading:
                self._keys.put_nowait(key)
            # Outside of Read a key is only told: nobody is there to hear it.
            self._event("DTMFEnd", ("Digit", key), ("Direction", "Received"))
            await asyncio.sleep(self._exchange.pace)

    async def hear(self, *names: str) -> None:
        """The next prompts are these and no others. Raises NotHeard."""
        wanted = list(names)
        await self._until(lambda: len(self.names) - self._cursor >= len(wanted), wanted)
        if self.names[self._cursor : self._cursor + len(wanted)] != wanted:
            raise self._complaint(wanted)
        self._cursor += len(wanted)

    async def hear_at_last(self, name: str, *, whole: bool = True) -> list[str]:
        """Whatever comes before, this prompt comes; the names up to and with it. Raises NotHeard."""
        await self._until(lambda: name in self.names[self._cursor :], [name])
        end = self.names.index(name, self._cursor) + 1
        names, self._cursor = self.names[self._cursor : end], end
        return names

    async def hang_up(self) -> None:
        """Put the receiver down."""
        self._finish()

    async def ended(self) -> None:
        """Wait until the other side hangs up. Raises NotHeard."""
        try:
            await asyncio.wait_for(self._over.wait(), PATIENCE)
        except TimeoutError:
            raise self._complaint(["the end of the call"]) from None

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self._over.is_set()

    @property
    def owner(self) -> str:
        """Who served calls when this one came."""
        return self._variables.get("IVR_OWNER", "")

    def close(self) -> None:
        """As hang_up, from anywhere."""
        self._finish()

    # The exchange's half.

    def command(self, text: str, number: str) -> None:
        """A command of AsyncAGI is queued."""
        self._commands.put_nowait((text, number))

    def redirect(self, exten: str) -> None:
        """The dialplan goes on elsewhere."""
        self._go(self._leaving(exten))

    def _go(self, work: Awaitable[None]) -> None:
        if self._interrupt is not None:
            self._interrupt.cancel()
        self._interrupt = asyncio.ensure_future(work)

    async def _dialplan(self) -> None:
        exchange = self._exchange
        if exchange.calls_now() > exchange.most or not exchange.served:
            await self._leaving("busy")
            return
        self._variables["IVR_OWNER"] = exchange.variables.get("IVR_ACTIVE", "")
        self._within(6.0)
        env = f"agi_request: async\nagi_uniqueid: {self.unique}\nagi_callerid: {self._number}\n\n"
        self._event("AsyncAGIStart", ("Env", quote(env)))
        with suppress(_Gone):
            while True:
                text, number = await self._commands.get()
                if text == "ASYNCAGI BREAK":
                    await self._leaving("T")
                    return
                result = await self._carry_out(text)
                self._event("AsyncAGIExec", ("CommandId", number), ("Result", quote(f"{result}\n")))
                if text == "HANGUP":
                    self._finish()

    async def _carry_out(self, text: str) -> str:
        """The answer to one command."""
        if text.startswith("SET VARIABLE "):
            name, _, value = text.removeprefix("SET VARIABLE ").partition(" ")
            self._set(name, value.strip('"'))
            return "200 result=1"
        if text.startswith("GET FULL VARIABLE "):
            told = text.removeprefix("GET FULL VARIABLE ")
            for name, value in self._variables.items():
                told = told.replace(f"${{{name}}}", value)
            return f"200 result=1 ({told})"
        if text.startswith("EXEC "):
            await _APPLICATIONS[text.split()[1]](self, text)
        return "200 result=1" if text == "HANGUP" else "200 result=0"

    async def answer(self, _: str) -> None:
        """Answer()."""
        self.up, self._status = True, 200
        self._taken.set()

    async def playback(self, text: str) -> None:
        """Playback(files)."""
        for file in text.removeprefix("EXEC Playback ").split(",")[0].split("&"):
            await self._play(file)

    async def read(self, text: str) -> None:
        """Read(variable,files,most,,1,seconds): a key cuts the files short."""
        name, files, most, _, _, seconds = text.removeprefix("EXEC Read ").split(",")
        self._reading, keyed, status = True, "", "TIMEOUT"
        try:
            for file in files.split("&") if files else ():
                if not self._keys.empty():
                    break
                await self._play(file)
            while True:
                key = await asyncio.wait_for(self._keys.get(), float(seconds) * self._exchange.patience)
                if key != "#":
                    keyed += key
                if key == "#" or len(keyed) >= int(most):
                    status = "OK"
                    break
        except TimeoutError:
            status = "TIMEOUT"
        finally:
            self._reading = False
            while not self._keys.empty():
                self._keys.get_nowait()
        self._variables |= {name: keyed, "READSTATUS": status}

    async def _play(self, file: str) -> None:
        self.names.append(file.removeprefix("kongchong/"))
        async with self._changed:
            self._changed.notify_all()
        await asyncio.sleep(self._exchange.pace)

    async def _leaving(self, exten: str) -> None:
        """Where nobody can serve the call: T looks whether it had been taken."""
        self._within(0)
        self.exten = ("sorry" if self.up else "busy") if exten == "T" else exten
        await self._play(self.exten)
        if not self.up:
            self._status = 503
        self._finish()

    def _set(self, name: str, value: str) -> None:
        if name == "TIMEOUT(absolute)":
            self._within(float(value))
        elif name == "CHANNEL(language)":
            self.language = value
        else:
            self._variables[name] = value

    def _within(self, seconds: float) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None
        if seconds:
            loop = asyncio.get_running_loop()
            self._limit = loop.call_later(seconds * self._exchange.patience, lambda: self.redirect("T"))

    def _finish(self) -> None:
        if self.over:
            return
        self._over.set()
        self._taken.set()
        self._within(0)
        self._event("AsyncAGIEnd")
        self._event("Hangup", ("Cause", "16"))
        self._exchange.left(self)
        waiting = asyncio.ensure_future(self._notify())
        self._exchange.keep(waiting)
        if self._interrupt is not None and self._interrupt is not asyncio.current_task():
            self._interrupt.cancel()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _event(self, name: str, *headers: tuple[str, str]) -> None:
        whose = (("Channel", self.channel), ("Uniqueid", self.unique), ("ChanVariable", f"IVR_OWNER={self.owner}"))
        self._exchange.tell(name, *whose, *headers)

    async def _until(self, true: Callable[[], bool], wanted: list[str]) -> None:
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(lambda: true() or self.over), PATIENCE)
            except TimeoutError:
                raise self._complaint(wanted) from None
        if not true():
            raise self._complaint(wanted)

    def _complaint(self, wanted: list[str]) -> NotHeard:
        state = "the call is over" if self.over else "the call goes on"
        return NotHeard(f"waited for {wanted}; heard since: {self.names[self._cursor :]}; {state}")


_APPLICATIONS: dict[str, Callable[[Call, str], Awaitable[None]]] = {
    "Answer": Call.answer,
    "Playback": Call.playback,
    "Read": Call.read,
}
