"""The concentrator as a box: terminals call it as they would call the host, and the host sees one connection."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from simulators.concentrator.relay import Relay
from simulators.pos_terminal.line import TcpLine
from simulators.pos_terminal.memory import Memory
from simulators.pos_terminal.terminal import Terminal
from tests.simulators.pos_terminal.conftest import NUMBER, make
from tests.simulators.pos_terminal.host import PASSWORD, Host


def relayed(host_port: int, steps: Callable[[Relay, int], Awaitable[None]], called: str = "") -> None:
    """Run some steps beside a concentrator."""

    async def whole() -> None:
        box = Relay("127.0.0.1", host_port, called)
        server = await asyncio.start_server(box.call, "127.0.0.1", 0)
        try:
            await steps(box, server.sockets[0].getsockname()[1])
        finally:
            server.close()
            await box.close()
            await server.wait_closed()

    asyncio.run(whole())


async def until(said: Callable[[], bool]) -> None:
    """Wait for something to become so."""
    async with asyncio.timeout(30):
        while not said():  # noqa: ASYNC110  the box tells nobody when a call ends
            await asyncio.sleep(0.01)


def test_terminals_sell_through_it(tmp_path: Path, host: Host) -> None:
    async def steps(box: Relay, port: int) -> None:
        paths = [make(tmp_path / f"T{number}.json", terminal=f"T{number:07d}") for number in range(5)]
        terminals = [Terminal(Memory(path), TcpLine("127.0.0.1", port), 30) for path in paths]
        for press in (lambda terminal: terminal.sign_in(), lambda terminal: terminal.recharge(NUMBER, 5000, PASSWORD)):
            for outcome in await asyncio.gather(*map(press, terminals)):
                assert outcome.ended == "done"
        # Between keys a terminal hangs up.
        await until(lambda: box.calls == 0)

    relayed(host.port, steps)
    assert len(host.heard) == 10
    assert all(one.tpdu[:3].hex() == "600003" and one.tpdu[3:] != b"\0\0" for one in host.heard)


def test_a_terminal_hears_answers_under_its_own_address(tmp_path: Path, host: Host) -> None:
    async def steps(box: Relay, port: int) -> None:
        terminal = Terminal(Memory(make(tmp_path / "T.json")), TcpLine("127.0.0.1", port), 30)
        await terminal.echo()
        assert terminal.records[-1].tpdu == "6000000003"

    relayed(host.port, steps)


def test_who_rang_stands_before_the_message(tmp_path: Path, host: Host) -> None:
    async def steps(box: Relay, port: int) -> None:
        terminal = Terminal(Memory(make(tmp_path / "T.json")), TcpLine("127.0.0.1", port), 30)
        await terminal.sign_in()
        await terminal.recharge(NUMBER, 5000, PASSWORD)

    relayed(host.port, steps, called="96188")
    assert [one.line[:5].hex() for one in host.heard] == ["4c5249001c"] * 2
    assert host.heard[0].line[5:13].hex().startswith("0731")
    assert host.heard[0].line[13:21].hex() == "96188fffffffffff"


def test_a_terminals_own_block_is_left_alone(tmp_path: Path, host: Host) -> None:
    block = "4c5249001c" + "11" * 8 + "22" * 8 + "33" * 12

    async def steps(box: Relay, port: int) -> None:
        await Terminal(Memory(make(tmp_path / "T.json", dial_up=block)), TcpLine("127.0.0.1", port), 30).echo()

    relayed(host.port, steps, called="96188")
    assert host.heard[0].line.hex() == block


def test_when_the_host_hangs_up_so_does_the_box_and_the_next_call_links_anew(tmp_path: Path, host: Host) -> None:
    async def steps(box: Relay, port: int) -> None:
        terminal = Terminal(Memory(make(tmp_path / "T.json")), TcpLine("127.0.0.1", port), 30)
        host.misbehave = lambda _, __: None
        assert (await terminal.echo()).ended == "unknown"
        host.misbehave = lambda _, answer: answer
        assert (await terminal.echo()).ended == "done"

    relayed(host.port, steps)


def test_without_a_host_the_call_ends(tmp_path: Path, free_port: int) -> None:
    async def steps(box: Relay, port: int) -> None:
        terminal = Terminal(Memory(make(tmp_path / "T.json")), TcpLine("127.0.0.1", port), 30)
        assert (await terminal.echo()).ended == "unknown"
        await until(lambda: box.calls == 0)

    relayed(free_port, steps)


@pytest.mark.parametrize("said", [b"", b"\0", b"\0\x20abc"])
def test_a_call_that_breaks_off_frees_its_line(host: Host, said: bytes) -> None:
    async def steps(box: Relay, port: int) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await until(lambda: box.calls == 0)

    relayed(host.port, steps)
    assert host.heard == []


def test_closing_ends_the_calls(host: Host) -> None:
    async def steps(box: Relay, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await until(lambda: box.calls == 1)
        await box.close()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

    relayed(host.port, steps)
