"""An agent's counter for tests in a real browser: the site served by this process over the real engine and books of its own."""

import threading
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page
from werkzeug.serving import make_server

from recharge import Engine, Reply
from recharge.domain.outcomes import OutcomeState
from tests.support.world import World
from web.app import create_app
from web.sessions import Sessions
from web.site import Options, Site


@dataclass
class Counter:
    """An agent's counter: the site at an address, the books behind it, and a carrier that answers when a test says so."""

    world: World
    engine: Engine
    port: int
    attempts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = create_app(Site(self.engine, Sessions(self.engine.database), Options(), self.world.clock.now))
        self.open()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Serve the site."""
        self._server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        """Stop serving it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def orders(self) -> int:
        """How many recharges there are."""
        return int(self.world.one("SELECT COUNT(*) FROM orders WHERE kind = 'recharge'"))

    def send(self, page: Page) -> None:
        """What the dispatcher does with the order the page shows."""
        order = self.engine.wait(page.url.rsplit("/", 1)[1], 0)
        self.attempts.append(self.world.send(Reply(order=order)))

    def carrier_says(self, state: OutcomeState, **said: Any) -> None:
        """The carrier's answer about the order sent last."""
        self.world.hear(self.attempts[-1], state, **said)
