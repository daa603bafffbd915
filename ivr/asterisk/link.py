"""One connection to Asterisk's manager interface: asterisk-ami's parsing and actions, with what does not hold in it mended.

What asterisk-ami 0.1.7 does by itself, and what is done here instead:
its time-out of three seconds stays on the socket, so that its reader dies of a quiet moment; its reader dies unnoticed, of any listener's
fault, and of a listener that waits for an answer; `disconnect` may hang; `send` may send a part and mixes threads; line breaks in values
become headers; unanswered actions are kept for ever; passwords go out as they are.
"""

import hashlib
import logging
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from asterisk.ami import Action, AMIClient, Event, Response

_log = logging.getLogger(__name__)
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 5.0
_MOST_WAITING = 50_000
_UNSAFE = frozenset("\r\n\0")


class Down(Exception):
    """The connection is not there, or does not answer."""


class Refused(Exception):
    """Asterisk answered with an error; the text is its own."""


class Link(AMIClient):  # type: ignore[misc]  # the library carries no types
    """One connection, used once: connect, log in, and when it has fallen, make another.

    `on_event` is called in a thread of the link's own, in the order of arrival; `on_fall` once, when the connection is gone.
    """

    def __init__(self, host: str, port: int, on_event: Callable[[Any], None], on_fall: Callable[[], None]) -> None:
        super().__init__(address=host, port=port, timeout=None, buffer_size=2**16)
        self._on_event, self._on_fall = on_event, on_fall
        self._sending, self._state = threading.Lock(), threading.Lock()
        self._waiting: dict[str, Future[Response]] = {}
        self._events: queue.Queue[Event | None] = queue.Queue(_MOST_WAITING)
        self._greeted: Future[None] = Future()
        self._fallen = False
        self.finished: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._pump = threading.Thread(target=self._pump_events, name="ami-events", daemon=True)

    @property
    def stands(self) -> bool:
        """Whether the connection is up."""
        return self.finished is not None and not self._fallen

    def connect(self) -> None:
        """Open the connection and begin to read. Raises Down."""
        try:
            self._socket = socket.create_connection((self._address, self._port), CONNECT_SECONDS)
        except OSError as error:
            raise Down(str(error)) from error
        # The time-out was for connecting: a quiet connection is a good one.
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.finished = threading.Event()
        self._thread = threading.Thread(target=self.listen, name="ami-reader", daemon=True)
        self._thread.start()
        self._pump.start()
        self._result(self._greeted)

    def login(self, username: str, secret: str, callback: object = None) -> None:
        """Prove who we are by MD5 challenge. Raises Down, or Refused for a wrong secret or a second login of the same user."""
        challenge = self.request(Action("Challenge", {"AuthType": "MD5"})).keys["Challenge"]
        key = hashlib.md5((challenge + secret).encode(), usedforsecurity=False).hexdigest()
        self.request(Action("Login", {"AuthType": "MD5", "Username": username, "Key": key, "Events": "on"}))

    def request(self, action: Action) -> Response:
        """Send an action and wait for its answer. Raises Down, Refused."""
        response = self._result(self.send_action(action))
        if response.is_error():
            raise Refused(response.keys.get("Message", "error"))
        return response

    def send_action(self, action: Action, callback: object = None) -> "Future[Response]":
        """Send an action; its answer comes into the future, or Down. Raises Down, and ValueError for a value with a line break."""
        return self.send_actions([action])[0]

    def send_actions(self, actions: Sequence[Action]) -> "list[Future[Response]]":
        """Several actions at once, in their order."""
        futures: list[Future[Response]] = []
        with self._sending:
            text = "".join(f"{self._numbered(action, futures)}\r\n" for action in actions)
            try:
                self._socket.sendall(text.encode(self.encoding))
            except OSError as error:
                self._fall()
                raise Down(str(error)) from error
        return futures

    def listen(self) -> None:
        """The reader thread: packs until the connection ends, whatever one of them holds."""
        try:
            packs = self._next_pack()
            greeting = next(packs, "")
            if self.asterisk_start_regex.match(greeting):
                self._greeted.set_result(None)
                for pack in packs:
                    self._receive(pack)
        except OSError as error:
            _log.info("the manager's connection ended: %s", error)
        finally:
            self._fall()

    def fire_recv_reponse(self, response: Response) -> None:
        """An answer, to whoever waits for it."""
        with self._state:
            future = self._waiting.pop(response.keys.get("ActionID", ""), None)
        if future is not None:
            future.set_result(response)

    def fire_recv_event(self, event: Event) -> None:
        """An event, into the queue. One that is lost would leave a call waiting, so a full queue ends the connection."""
        try:
            self._events.put_nowait(event)
        except queue.Full:
            _log.error("events came faster than they could be looked at")
            self._fall()

    def disconnect(self) -> None:
        """End the connection and wait for its threads."""
        self._fall()
        for thread in (self._thread, self._pump):
            if thread is not None and thread.ident is not None and thread is not threading.current_thread():
                thread.join(ANSWER_SECONDS)

    def _numbered(self, action: Action, futures: "list[Future[Response]]") -> Action:
        if any(_UNSAFE.intersection(str(value)) for value in (*action.keys.values(), *action.variables.values())):
            raise ValueError("a line break in an action's value")
        action_id = action.keys["ActionID"] = self.next_action_id()
        future: Future[Response] = Future()
        with self._state:
            if not self.stands:
                raise Down("the connection is closed")
            self._waiting[action_id] = future
        futures.append(future)
        return action

    def _receive(self, pack: str) -> None:
        try:
            self.fire_recv_pack(pack)
        except Exception:  # the reader goes on whatever a pack holds: all calls hang on it
            _log.exception("a pack could not be read")

    def _pump_events(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                self._on_event(event)
            except Exception:  # one event's fault is not to reach the other calls
                _log.exception("an event could not be dealt with")

    def _result(self, future: "Future[Any]") -> Any:
        try:
            return future.result(ANSWER_SECONDS)
        except FutureTimeout:
            self._fall()
            raise Down("no answer") from None

    def _fall(self) -> None:
        """The connection is over: everybody who waits is told, and the owner, once."""
        with self._state:
            if self._fallen or self.finished is None:
                return
            # An own mark: the library's reader sets `finished` by itself and tells nobody.
            self._fallen = True
            self.finished.set()
            waiting, self._waiting = list(self._waiting.values()), {}
        # Shut down first: closing alone would not wake the reader.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            _log.debug("the other side was faster")
        self._socket.close()
        for future in [*waiting, self._greeted]:
            if not future.done():
                future.set_exception(Down("the connection ended"))
        self._end_pump()
        self._on_fall()

    def _end_pump(self) -> None:
        while True:
            try:
                self._events.put_nowait(None)
                return
            except queue.Full:
                self._events.get_nowait()
