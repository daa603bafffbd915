"""The stand-in by itself: what it says and does when nobody behaves. That it is like Asterisk is held by tests/ivr/test_contract.py."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from simulators.exchange import call as call_module
from simulators.exchange.call import NotHeard, Refused
from simulators.exchange.exchange import Exchange
from simulators.exchange.manager import GREETING, pack
from tests.support import machine


class Client:
    """A client of the manager's interface that knows no more than the wire."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, **headers: str) -> dict[str, str]:
        """An action; the next pack."""
        self._writer.write(pack(*((name.capitalize(), value) for name, value in headers.items())))
        return await self.next()

    async def next(self) -> dict[str, str]:
        """The next response or event."""
        data = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 30)
        return dict(line.split(": ", 1) for line in data.decode().strip().split("\r\n"))

    async def log_in(self, secret: str = "s") -> dict[str, str]:
        """By challenge."""
        challenge = (await self.ask(action="Challenge", authtype="MD5"))["Challenge"]
        key = hashlib.md5((challenge + secret).encode(), usedforsecurity=False).hexdigest()
        return await self.ask(action="Login", username="kongchong", key=key)

    async def until(self, name: str) -> dict[str, str]:
        """The next event of that name."""
        while (told := await self.next()).get("Event") != name:
            continue
        return told

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def opened(**how: float) -> AsyncIterator[tuple[Exchange, Callable[[], Awaitable[Client]]]]:
    exchange, port = Exchange(secret="s", **how), machine.free_port()  # type: ignore[arg-type]
    await exchange.manager.start(port)
    clients: list[Client] = []

    async def connect() -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.readline()).decode() == GREETING
        clients.append(Client(reader, writer))
        return clients[-1]

    try:
        yield exchange, connect
    finally:
        for client in clients:
            client.close()
        await exchange.stop()


def serves(exchange: Exchange) -> None:
    """Somebody says that calls are served."""
    exchange.variables |= {"IVR_BEAT": "9999999999", "IVR_ACTIVE": "us"}


def test_nothing_is_done_for_strangers() -> None:
    async def scene() -> None:
        async with opened() as (_, connect):
            client = await connect()
            assert (await client.ask(action="Ping", actionid="7")) == {"Response": "Error", "ActionID": "7", "Message": "Permission denied"}
            assert (await client.log_in("wrong"))["Message"] == "Authentication failed"
            one, two = await connect(), await connect()
            assert (await one.log_in())["Response"] == "Success"
            assert (await one.next())["Event"] == "FullyBooted"
            assert (await two.log_in())["Message"] == "Login Already In Use"
            assert (await one.ask(action="Command", command="core show uptime"))["Message"] == "Invalid/unknown command"
            assert (await one.ask(action="Ping"))["Ping"] == "Pong"

    asyncio.run(scene())


def test_a_call_is_carried_by_commands() -> None:
    async def scene() -> None:
        async with opened() as (exchange, connect):
            client = await connect()
            await client.log_in()
            serves(exchange)
            ringing = asyncio.create_task(exchange.call("138"))
            begun = await client.until("AsyncAGIStart")
            assert begun["ChanVariable"] == "IVR_OWNER=us"
            assert "agi_callerid%3A%20138" in begun["Env"]
            commands = ("EXEC Answer 0,i", "EXEC Playback kongchong/a&kongchong/b", "GET FULL VARIABLE ${X}:${IVR_OWNER}", "HANGUP")
            for number, command in enumerate(commands):
                asked = await client.ask(action="AGI", channel=begun["Channel"], command=command, commandid=str(number))
                assert asked["Response"] == "Success"
                answer = await client.until("AsyncAGIExec")
                assert answer["CommandId"] == str(number)
            call = await ringing
            assert call.names == ["a", "b"]
            await call.ended()
            assert (await client.until("Hangup"))["Uniqueid"] == begun["Uniqueid"]
            gone = await client.ask(action="AGI", channel=begun["Channel"], command="NOOP")
            assert gone["Message"].endswith("does not exist.")
            assert (await client.ask(action="Redirect", channel="none", exten="T"))["Response"] == "Error"

    asyncio.run(scene())


def test_a_call_that_nobody_takes_is_refused_in_time() -> None:
    async def scene() -> None:
        async with opened(patience=0.01) as (exchange, _):
            serves(exchange)
            call = exchange.ring("138")
            with pytest.raises(Refused, match="503"):
                await call.dial()
            assert call.names == ["busy"]
            assert exchange.calls_now() == 0

    asyncio.run(scene())


def test_keys_are_dropped_between_commands_and_told_all_the_same() -> None:
    async def scene() -> None:
        async with opened(patience=1.0) as (exchange, connect):
            client = await connect()
            await client.log_in()
            serves(exchange)
            ringing = asyncio.create_task(exchange.call("138"))
            begun = await client.until("AsyncAGIStart")
            await client.ask(action="AGI", channel=begun["Channel"], command="EXEC Answer 0,i", commandid="1")
            await client.until("AsyncAGIExec")
            call = await ringing
            await call.press("5")
            assert (await client.until("DTMFEnd"))["Digit"] == "5"
            await client.ask(action="AGI", channel=begun["Channel"], command="EXEC Read V,kongchong/a,5,,1,0.05", commandid="2")
            await client.until("AsyncAGIExec")
            asked = await client.ask(action="AGI", channel=begun["Channel"], command="GET FULL VARIABLE ${READSTATUS}:${V}", commandid="3")
            assert asked["Response"] == "Success"
            assert "TIMEOUT%3A%29" in (await client.until("AsyncAGIExec"))["Result"]

    asyncio.run(scene())


def test_what_was_not_heard_is_told_with_what_was(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with opened() as (exchange, _):
            call = exchange.ring("138")
            call.names += ["greeting", "bye"]
            monkeypatch.setattr(call_module, "PATIENCE", 0.05)
            with pytest.raises(NotHeard, match="waited for \\['busy'\\]; heard since: \\['greeting', 'bye'\\]; the call goes on"):
                await call.hear_at_last("busy")
            with pytest.raises(NotHeard):
                await call.hear("bye")
            with pytest.raises(NotHeard):
                await call.ended()
            monkeypatch.undo()
            await call.hang_up()
            with pytest.raises(NotHeard, match="the call is over"):
                await call.hear("greeting", "bye", "more")

    asyncio.run(scene())
