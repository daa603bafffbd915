"""Asterisk's manager interface, as far as a runner of AsyncAGI calls needs it: log in, set variables, command calls, find and move them."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress

GREETING = "Asterisk Call Manager/11.0.0\r\n"
Headers = dict[str, str]
Handler = Callable[["Session", Headers], None]


def pack(*headers: tuple[str, str]) -> bytes:
    """One response or event."""
    return ("".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode()


class Session:
    """One connection."""

    def __init__(self, manager: "Manager", writer: asyncio.StreamWriter) -> None:
        self._manager, self._writer = manager, writer
        self.challenge = secrets.token_hex(4)
        self.user = ""

    def respond(self, asked: Headers, kind: str, *headers: tuple[str, str]) -> None:
        """Answer an action."""
        number = [("ActionID", asked["actionid"])] if "actionid" in asked else []
        self.write(pack(("Response", kind), *number, *headers))

    def event(self, name: str, *headers: tuple[str, str]) -> None:
        """Tell an event."""
        self.write(pack(("Event", name), *headers))

    def write(self, data: bytes) -> None:
        """Octets, in small pieces where the manager is told to chop."""
        if self._manager.mute or self._writer.is_closing():
            return
        size = self._manager.chop or len(data)
        for start in range(0, len(data), size):
            self._writer.write(data[start : start + size])

    def close(self) -> None:
        """Cut the connection."""
        self._writer.close()


class Manager:
    """The server. `mute` keeps it silent as a stalled machine is; `chop` is in how many octets at once it writes."""

    def __init__(self, user: str, secret: str, actions: Mapping[str, Handler]) -> None:
        self._user, self._secret = user, secret
        self._actions: dict[str, Handler] = {"challenge": self._challenge, "login": self._login, **actions}
        self.sessions: list[Session] = []
        self.mute = False
        self.chop = 0
        self._server: asyncio.Server | None = None
        self.refuses_two = True

    async def start(self, port: int) -> None:
        """Listen on the loopback address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def stop(self) -> None:
        """Cut all connections and listen no more."""
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def cut(self) -> None:
        """Cut all connections."""
        for session in self.sessions:
            session.close()

    def tell(self, name: str, *headers: tuple[str, str]) -> None:
        """An event, to everybody who has logged in."""
        for session in self.sessions:
            if session.user:
                session.event(name, *headers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, writer)
        self.sessions.append(session)
        session.write(GREETING.encode())
        try:
            while data := await reader.readuntil(b"\r\n\r\n"):
                self._act(session, data.decode("utf-8", "replace"))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            session.close()
        finally:
            self.sessions.remove(session)
            with suppress(ConnectionError):
                writer.close()

    def _act(self, session: Session, text: str) -> None:
        lines = (line.partition(": ") for line in text.split("\r\n") if line)
        asked = {name.lower(): value for name, _, value in lines}
        name = asked.get("action", "").lower()
        allowed = session.user or name in ("challenge", "login")
        handler = self._actions.get(name)
        if not allowed or handler is None:
            session.respond(asked, "Error", ("Message", "Permission denied" if not allowed else "Invalid/unknown command"))
            return
        try:
            handler(session, asked)
        except KeyError as missing:
            session.respond(asked, "Error", ("Message", f"{str(missing.args[0]).capitalize()} not specified"))

    def _challenge(self, session: Session, asked: Headers) -> None:
        session.respond(asked, "Success", ("Challenge", session.challenge))

    def _login(self, session: Session, asked: Headers) -> None:
        key = hashlib.md5((session.challenge + self._secret).encode(), usedforsecurity=False).hexdigest()
        there = self.refuses_two and any(other.user for other in self.sessions)
        if asked.get("username") != self._user or asked.get("key") != key or there:
            session.respond(asked, "Error", ("Message", "Login Already In Use" if there else "Authentication failed"))
            session.close()
            return
        session.user = self._user
        session.respond(asked, "Success", ("Message", "Authentication accepted"))
        session.event("FullyBooted", ("Status", "Fully Booted"))
