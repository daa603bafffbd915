"""A real browser, the site served as it is in production but by this process, and the real engine on a file of its own."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from recharge import Engine, Reply
from recharge.domain.outcomes import OutcomeState
from recharge.engine.administration import SHELL
from recharge.keys.logins import Logins
from tests.support.world import World
from tests.web.fake_engine import LOGIN_PASSWORD
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

    def carrier_says(self, state: OutcomeState, **said: str) -> None:
        """The carrier's answer about the order sent last."""
        self.world.hear(self.attempts[-1], state, **said)


@pytest.fixture
def counter(clean_sqlite_url: str, free_port: int, caplog: pytest.LogCaptureFixture) -> Iterator[Counter]:
    """Point A with 1,000.00 in its deposit and a web login."""
    world = World(clean_sqlite_url)
    world.office.endpoints.set_login(SHELL, world.login_of("A"), LOGIN_PASSWORD)
    world.deposit("A", "1000.00")
    engine = Engine(world.parts, Logins(world.database, world.clock, world.keys), lambda: None)
    made = Counter(world, engine, free_port)
    yield made
    made.close()
    engine.close()
    world.close()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, counter: Counter) -> Iterator[Callable[..., Page]]:
    """Opens a page with a browser of its own; at the end no script may have failed and no policy been broken."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The network's own lines (a 422, a server that is gone) belong to some tests.
        if message.type == "error" and "Failed to load resource" not in message.text and "htmx:" not in message.text:
            complaints.append(message.text)

    def make(width: int = 1280, height: int = 860, **options: object) -> Page:
        settings: dict[str, object] = {"viewport": {"width": width, "height": height}, "locale": "zh-CN", "base_url": counter.address}
        page = browser.new_context(**(settings | options)).new_page()  # type: ignore[arg-type]
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(20_000)
        return page

    yield make
    for context in browser.contexts:
        context.close()
    assert not complaints
