"""The whole way for tests: a listening server over a province's engine, a carrier that works by itself, and simulated terminals on TCP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pos.configuration import Configuration
from pos.service import Service
from recharge import OrderState, OrderView, Settings
from recharge.domain.outcomes import OutcomeState
from simulators.pos_terminal.line import line_to
from simulators.pos_terminal.memory import Memory, State
from simulators.pos_terminal.terminal import Terminal
from tests.pos.stand import MASTER, MERCHANT, TERMINAL, Stand
from tests.pos.waiting import until
from tests.support.world import PASSWORD

__all__ = ["PASSWORD", "TERMINAL", "Carrier", "Post", "open_post"]
_OPEN = "SELECT id, state FROM orders WHERE kind = 'recharge' AND state IN ('held', 'unknown', 'reversing') ORDER BY id"
_EVERY = 0.02
SECONDS = 20.0


class Carrier:
    """Ends whatever is open as it is told: `says` for sales, `takes_back` for reversals; None leaves them open."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self.says: OutcomeState | None = OutcomeState.SUCCESS
        self.takes_back: OutcomeState | None = OutcomeState.SUCCESS

    async def run(self) -> None:
        while True:
            await asyncio.to_thread(self.turn)
            await asyncio.sleep(_EVERY)

    def turn(self) -> None:
        for order_id, state in self._stand.world.rows(_OPEN):
            said = self.takes_back if state == "reversing" else self.says
            if said is not None:
                self._stand.carrier(str(order_id), said)


class Post:
    """A server and its terminals."""

    def __init__(self, stand: Stand, folder: Path, port: int, **configured: object) -> None:
        self.stand, self.port, self._folder = stand, port, folder
        self.carrier = Carrier(stand)
        told = {"listen": [{"port": port}], "answer_seconds": 3.0, "parameters": {"version": 1, "slip_line": "空中充值"}, **configured}
        self._configuration = Configuration.model_validate(told)
        self.service = self._service()

    def _service(self) -> Service:
        world = self.stand.world
        settings = Settings(environment="development", database_url=world.url, master_key=bytes(range(32)).hex())  # type: ignore[arg-type]
        return Service(self.stand.engine, self._configuration, settings, self.stand.vault, world.clock.now)

    def terminal(self, number: str = TERMINAL, *, policy: str = "confirm", profile: str = "own") -> Terminal:
        """A terminal of the simulated world, made once, found again with what it remembers."""
        path = self._folder / f"{number}.json"
        mac, strict = {"own": ("x9.19", True), "cup": ("cup-ecb", False), "x99": ("x9.9", False)}[profile]
        state = State(number, MERCHANT.ljust(15), "SN000001", MASTER.hex(), mac=mac, strict=strict, policy=policy)
        memory = Memory(path) if path.exists() else Memory.make(path, state)
        return Terminal(memory, line_to(("127.0.0.1", self.port))(), SECONDS)

    async def restart(self) -> None:
        """The process ends and another one begins: nothing but the database is left."""
        await self.service.close()
        self.stand.process()
        self.service = self._service()
        await self.service.open()

    def order(self) -> OrderView:
        """The newest sale."""
        number = str(self.stand.world.one("SELECT MAX(id) FROM orders WHERE kind = 'recharge'"))
        return self.stand.engine.orders([number])[number]

    async def until(self, state: OrderState) -> None:
        """Wait for the newest sale to stand so."""
        await until(lambda: self.order().state is state)


@asynccontextmanager
async def open_post(stand: Stand, folder: Path, port: int, **configured: object) -> AsyncIterator[Post]:
    """Everything open within the block, everything closed behind it."""
    post = Post(stand, folder, port, **configured)
    await post.service.open()
    work = asyncio.create_task(post.carrier.run())
    try:
        yield post
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await post.service.close()
