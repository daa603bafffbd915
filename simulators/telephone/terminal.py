"""A call in a terminal: what is heard appears as words, and each line that is typed is pressed as keys."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from simulators.sip_caller.call import Call, Refused, is_key
from simulators.sip_caller.ears import Library
from simulators.telephone.handset import Words

_LOOK_SECONDS = 0.05


async def typed() -> AsyncIterator[str]:
    """Lines from the terminal as they are typed."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        while line := await reader.readline():
            yield line.decode(errors="replace").strip()
    finally:
        transport.close()


async def talk(port: int, number: str, prompts: Path, keys: AsyncIterator[str], show: Callable[[str], None]) -> int:
    """One call until one side hangs up: the end of what is typed hangs up, too. The exit status: 1 where the call was not taken."""
    call, words = Call(Library(prompts)), Words(prompts / "prompts.tsv")
    showing = asyncio.create_task(_show(call, words, show))
    try:
        await call.dial(port, number)
        pressing = asyncio.create_task(_press(call, keys))
        await asyncio.wait([pressing, asyncio.create_task(call.wait_for_end())], return_when=asyncio.FIRST_COMPLETED)
        pressing.cancel()
        await call.hang_up()
        return 0
    except (Refused, TimeoutError) as error:
        show(f"-- {error}" if str(error) else "-- no answer")
        return 1
    finally:
        await asyncio.sleep(2 * _LOOK_SECONDS)
        showing.cancel()


async def _press(call: Call, keys: AsyncIterator[str]) -> None:
    async for line in keys:
        await call.press("".join(key for key in line if is_key(key)))


async def _show(call: Call, words: Words, show: Callable[[str], None]) -> None:
    shown = 0
    while True:
        for item in call.heard[shown:]:
            show(words.of(item.language, item.name))
            shown += 1
        await asyncio.sleep(_LOOK_SECONDS)
