"""The partner as the tests play it: signs by hand, calls the carrier, and listens for callbacks. Written from the specification alone."""

import hashlib
import hmac
import http.client
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from lxml import etree

NAME = "province-agent"
SECRET = b"kongchong-example-secret-for-tests-only"
SAMPLE = "13800138000"


def with_digits(last_four: str) -> str:
    """A made-up number that ends in the digits that choose a behaviour."""
    return f"1380013{last_four}"


def hmac_of(*parts: str, body: bytes, secret: bytes = SECRET) -> str:
    """The signature of section 2, made without the simulator's code."""
    return hmac.new(secret, "".join(f"{part}\n" for part in parts).encode() + body, hashlib.sha256).hexdigest()


def _parsed(body: bytes) -> etree._Element:
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))


def fields_of(body: bytes) -> dict[str, str]:
    return {str(child.tag): child.text or "" for child in _parsed(body)}


def xml_of(root: str, elements: Mapping[str, object]) -> bytes:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in elements.items())
    return f"<{root}>{inside}</{root}>".encode()


@dataclass(frozen=True)
class Told:
    """An answer as it arrived; `proven` says whether its signature belongs to the request."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    proven: bool

    @property
    def fields(self) -> dict[str, str]:
        return fields_of(self.body)

    @property
    def root(self) -> str:
        return str(_parsed(self.body).tag)

    @property
    def code(self) -> str:
        return self.fields["Code"]

    def __getitem__(self, name: str) -> str:
        return self.fields[name]


@dataclass
class Partner:
    """Calls one carrier over one kept-alive connection at a time."""

    url: str
    secret: bytes = SECRET
    name: str = NAME
    wait_seconds: float = 10.0
    skew_seconds: int = 0

    def headers(self, body: bytes, nonce: str | None = None) -> dict[str, str]:
        nonce = nonce or secrets.token_hex(12)
        timestamp = str(int(time.time()) + self.skew_seconds)
        signature = hmac_of("REQUEST", self.name, timestamp, nonce, body=body, secret=self.secret)
        return {"X-Partner": self.name, "X-Timestamp": timestamp, "X-Nonce": nonce, "X-Signature": signature}

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> Told:
        """Send exact bytes. Raises OSError or HTTPException where the connection says nothing."""
        sent = dict(headers if headers is not None else self.headers(body))
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=self.wait_seconds)
        try:
            connection.request("POST", "/recharge/v1", body, sent)
            answer = connection.getresponse()
            content, told = answer.read(), dict(answer.getheaders())
        finally:
            connection.close()
        return Told(answer.status, content, told, self._is_proven(told, content, sent.get("X-Nonce", "")))

    def _is_proven(self, told: Mapping[str, str], content: bytes, nonce: str) -> bool:
        parts = ("ANSWER", told.get("X-Partner", ""), told.get("X-Timestamp", ""), told.get("X-Nonce", ""), nonce)
        return told.get("X-Signature") == hmac_of(*parts, body=content, secret=self.secret)

    def ask(self, operation: str, **elements: object) -> Told:
        return self.post(xml_of(operation, elements))

    def recharge(self, reference: object, number: str = SAMPLE, amount: int = 5000) -> Told:
        return self.ask("Recharge", Reference=reference, Number=number, Amount=amount)

    def pay_bill(self, reference: object, number: str = SAMPLE, amount: int = 5000) -> Told:
        return self.ask("BillPayment", Reference=reference, Number=number, Amount=amount)

    def query(self, reference: object, number: str = SAMPLE, amount: int = 5000) -> Told:
        return self.ask("Query", Reference=reference, Number=number, Amount=amount)

    def reverse(self, reference: object, original: object, number: str = SAMPLE, amount: int = 5000) -> Told:
        return self.ask("Reverse", Reference=reference, OriginalReference=original, Number=number, Amount=amount)

    def hear_nothing(self, reference: object, number: str, amount: int = 5000) -> Exception:
        """Recharge where no answer may come; gives what the connection said instead."""
        try:
            told = self.recharge(reference, number, amount)
        except (OSError, http.client.HTTPException) as problem:
            return problem
        raise AssertionError(f"the carrier answered {told.status}: {told.body!r}")


@dataclass(frozen=True)
class Heard:
    """A callback as it arrived."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        return fields_of(self.body)

    @property
    def proven(self) -> bool:
        parts = [self.headers.get(name, "") for name in ("X-Partner", "X-Timestamp", "X-Nonce")]
        return self.headers.get("X-Signature") == hmac_of("CALLBACK", *parts, body=self.body)


@dataclass
class Listener:
    """Hears callbacks; `answer` decides status and body for each."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], tuple[int, bytes]] = field(default=lambda _heard: (200, b"<Ack/>"))

    def about(self, reference: object) -> list[Heard]:
        return [one for one in list(self.heard) if one.fields["Reference"] == str(reference)]

    def forget(self) -> None:
        self.heard.clear()
        self.answer = lambda _heard: (200, b"<Ack/>")


def get(url: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a page; redirections are not followed."""
    return _exchange("GET", url, None, {})


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], str]:
    """The same for sending something to a page."""
    return _exchange("POST", url, body, headers or {})


def _exchange(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    try:
        connection.request(method, f"{place.path}?{place.query}", body, dict(headers))
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


@contextmanager
def listening() -> Iterator[Listener]:
    """A callback listener on loopback for the length of a `with`."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            heard = Heard(dict(self.headers.items()), self.rfile.read(int(self.headers["Content-Length"])))
            listener.heard.append(heard)
            status, body = listener.answer(heard)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # Many callbacks come at once; the usual queue of five would turn some away for a second.
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        listener.url = f"http://127.0.0.1:{server.server_port}/callback"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()


def eventually(look: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is so; fails loudly if it never is."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come to be")
        time.sleep(0.02)
