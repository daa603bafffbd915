"""The stand-in when its clients and callers do what is unusual: missing headers, odd octets, pieces, silence, calls over the limit."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

import pytest

from simulators.exchange.call import Call, Refused
from simulators.exchange.exchange import Exchange
from simulators.exchange.manager import pack
from tests.simulators.exchange.test_exchange import Client, opened, serves

Connect = Callable[[], Awaitable[Client]]
Story = Callable[[Exchange, Connect], Awaitable[None]]


def play(story: Story, **how: float) -> None:
    """A story at an exchange that is patient enough for a busy machine."""

    async def scene() -> None:
        async with opened(**({"patience": 5.0} | how)) as (exchange, connect):
            await story(exchange, connect)

    asyncio.run(scene())


async def logged_in(connect: Connect) -> Client:
    client = await connect()
    assert (await client.log_in())["Response"] == "Success"
    assert (await client.next())["Event"] == "FullyBooted"
    return client


async def begun(exchange: Exchange, client: Client) -> tuple[Call, str]:
    """A call that was answered, and its channel."""
    serves(exchange)
    ringing = asyncio.create_task(exchange.call("13800138001"))
    channel = (await client.until("AsyncAGIStart"))["Channel"]
    await carried_out(client, channel, "EXEC Answer 0,i")
    return await ringing, channel


async def carried_out(client: Client, channel: str, command: str) -> str:
    """A command's result."""
    assert (await client.ask(action="AGI", channel=channel, command=command, commandid="1"))["Response"] == "Success"
    return unquote((await client.until("AsyncAGIExec"))["Result"]).strip()


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ({"action": "AGI", "command": "NOOP"}, "Channel not specified"),
        ({"action": "Redirect"}, "Channel not specified"),
        ({"action": "Setvar", "value": "1"}, "Variable not specified"),
        ({"action": "Setvar", "variable": "IVR_BEAT"}, "Value not specified"),
        ({"action": "Fly"}, "Invalid/unknown command"),
        ({}, "Invalid/unknown command"),
    ],
)
def test_an_action_without_what_it_needs_is_refused_and_the_session_goes_on(asked: dict[str, str], missing: str) -> None:
    async def story(exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        assert await client.ask(**asked, actionid="9") == {"Response": "Error", "ActionID": "9", "Message": missing}
        assert (await client.ask(action="Ping"))["Ping"] == "Pong"
        assert exchange.variables == {}

    play(story)


def test_a_login_without_a_key_is_no_login() -> None:
    async def story(_exchange: Exchange, connect: Connect) -> None:
        for asked in ({"action": "Login"}, {"action": "Login", "username": "kongchong"}, {"action": "Login", "username": "x", "key": ""}):
            client = await connect()
            assert (await client.ask(**asked))["Message"] == "Authentication failed"
        assert (await logged_in(connect)) is not None

    play(story)


def test_a_challenge_is_good_for_its_own_connection() -> None:
    async def story(_exchange: Exchange, connect: Connect) -> None:
        one, two = await connect(), await connect()
        challenges = {(await client.ask(action="Challenge", authtype="MD5"))["Challenge"] for client in (one, two)}
        assert len(challenges) == 2

    play(story)


def test_octets_that_are_no_text_end_no_session() -> None:
    async def story(_exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        client._writer.write(b"Action: \xff\xfe\r\n\r\n")
        assert (await client.next())["Message"] == "Invalid/unknown command"
        client._writer.write(b"no header at all\r\n\r\n")
        assert (await client.next())["Response"] == "Error"
        assert (await client.ask(action="Ping"))["Ping"] == "Pong"

    play(story)


def test_a_client_that_never_ends_its_action_is_cut_off_alone() -> None:
    async def story(_exchange: Exchange, connect: Connect) -> None:
        client, other = await logged_in(connect), await connect()
        other._writer.write(b"x" * 200_000)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await other.next()
        assert (await client.ask(action="Ping"))["Ping"] == "Pong"

    play(story)


def test_an_action_in_pieces_and_two_at_once() -> None:
    async def story(exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        exchange.manager.chop = 1
        for octet in pack(("Action", "Ping")):
            client._writer.write(bytes([octet]))
            await client._writer.drain()
        assert (await client.next())["Ping"] == "Pong"
        client._writer.write(pack(("ACTION", "ping"), ("ActionID", "1")) + pack(("action", "PING"), ("actionid", "2")))
        assert [(await client.next())["ActionID"] for _ in range(2)] == ["1", "2"]

    play(story)


def test_a_client_that_was_cut_off_may_come_again() -> None:
    async def story(exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        exchange.manager.cut()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await client.next()
        exchange.manager.refuses_two = False
        assert (await logged_in(connect)) is not None
        assert (await logged_in(connect)) is not None

    play(story)


def test_a_variable_is_set_and_read_within_its_call() -> None:
    async def story(exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        await client.ask(action="Setvar", variable="IVR_ACTIVE", value="node-1")
        assert exchange.variables == {"IVR_ACTIVE": "node-1"}
        call, channel = await begun(exchange, client)
        assert call.owner == "us"
        await carried_out(client, channel, 'SET VARIABLE NAME "和平路"')
        assert await carried_out(client, channel, "GET FULL VARIABLE ${NAME}/${NONE}") == "200 result=1 (和平路/${NONE})"
        await carried_out(client, channel, "SET VARIABLE CHANNEL(language) en")
        assert call.language == "en"
        assert await carried_out(client, channel, "NOOP") == "200 result=0"

    play(story)


def test_keys_are_read_until_there_are_enough_or_a_hash() -> None:
    async def story(exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        call, channel = await begun(exchange, client)
        for keys, most, read in (("12#", 6, "OK:12"), ("1234", 4, "OK:1234"), ("#", 6, "OK:")):
            asked = asyncio.create_task(carried_out(client, channel, f"EXEC Read V,kongchong/ask,{most},,1,9"))
            await call.hear("ask")
            await call.press(keys)
            assert await asked == "200 result=0"
            assert await carried_out(client, channel, "GET FULL VARIABLE ${READSTATUS}:${V}") == f"200 result=1 ({read})"

    play(story)


def test_a_call_is_sent_elsewhere() -> None:
    async def story(exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        call, channel = await begun(exchange, client)
        assert (await client.ask(action="Redirect", channel=channel, exten="T"))["Message"] == "Redirect successful"
        await call.hear("sorry")
        await call.ended()
        assert call.exten == "sorry"
        assert exchange.calls_now() == 0
        assert (await client.until("Hangup"))["Channel"] == channel

    play(story)


def test_every_call_is_listed_with_its_owner() -> None:
    async def story(exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        call, channel = await begun(exchange, client)
        assert (await client.ask(action="Status"))["EventList"] == "start"
        listed = await client.until("Status")
        assert (listed["Channel"], listed["Uniqueid"], listed["Variable"]) == (channel, call.unique, "IVR_OWNER=us")
        assert (await client.next())["Event"] == "StatusComplete"
        await call.hang_up()
        assert call.over
        await client.ask(action="Ping")

    play(story)


@pytest.mark.parametrize("beat", ["0", "1"])
def test_where_nobody_serves_calls_are_refused(beat: str) -> None:
    async def story(exchange: Exchange, _connect: Connect) -> None:
        exchange.variables["IVR_BEAT"] = beat
        assert not exchange.served
        with pytest.raises(Refused, match="503"):
            await exchange.call("13800138001")
        assert exchange.calls_now() == 0

    play(story)


def test_one_call_more_than_there_is_room_for_is_refused() -> None:
    async def story(exchange: Exchange, connect: Connect) -> None:
        client = await logged_in(connect)
        exchange.most = 1
        call, _ = await begun(exchange, client)
        with pytest.raises(Refused, match="503"):
            await exchange.call("13800138002")
        await call.hang_up()
        assert exchange.calls_now() == 0

    play(story)


def test_names_of_calls_never_come_twice() -> None:
    exchange = Exchange()
    names = [exchange.new_names() for _ in range(100)]
    assert len({channel for channel, _ in names}) == len({unique for _, unique in names}) == 100
