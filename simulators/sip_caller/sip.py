"""SIP messages as a telephone needs them (RFC 3261), and the session descriptions in them (RFC 4566, RFC 3264)."""

import re
import secrets
from dataclasses import dataclass, field

PCMA, EVENTS = 8, 101
"""Payload types: G.711 A-law (RFC 3551), telephone events as we offer them (RFC 4733)."""
_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type"}

_FIRST = re.compile(r"SIP/2\.0 [1-6][0-9]{2}( .*)?|[A-Z]+ \S+ SIP/2\.0")


class BadMessage(ValueError):
    """Octets that are no SIP message."""


@dataclass
class Message:
    """A request or a response. Header names are small letters; those that repeat keep their order."""

    first: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @classmethod
    def read(cls, data: bytes) -> "Message":
        """A message from one datagram. Raises BadMessage."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        if not _FIRST.fullmatch(first):
            raise BadMessage(first[:40])
        pairs = (line.partition(":") for line in lines)
        headers = [(name.strip().lower(), value.strip()) for name, colon, value in pairs if colon]
        message = cls(first, [(_COMPACT.get(name, name), value) for name, value in headers], body)
        if message.status and not message.get("cseq"):
            raise BadMessage("a response to nothing")
        return message

    def octets(self) -> bytes:
        """The message for one datagram."""
        lines = [self.first, *(f"{name.title()}: {value}" for name, value in self.headers), f"Content-Length: {len(self.body.encode())}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()

    def get(self, name: str) -> str:
        """The first header of that name; empty where there is none."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def status(self) -> int:
        """A response's status; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/") else 0

    @property
    def method(self) -> str:
        """A request's method; for a response that of the request it answers."""
        return self.get("cseq").split()[-1] if self.status else self.first.split()[0]

    def response(self, status: int, reason: str, tag: str, body: str = "") -> "Message":
        """The answer to this request (RFC 3261, 8.2.6)."""
        copied = [(name, value) for name, value in self.headers if name in ("via", "from", "call-id", "cseq", "record-route")]
        to = self.get("to")
        copied.append(("to", to if "tag=" in to else f"{to};tag={tag}"))
        return Message(f"SIP/2.0 {status} {reason}", copied, body)


@dataclass
class Dialog:
    """One call's identity (RFC 3261, 12): who calls whom from where, and the numbers that order its requests."""

    number: str
    dialled: str
    own: tuple[str, int]
    peer: tuple[str, int]
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    remote: str = ""
    target: str = ""
    sequence: int = 0

    def __post_init__(self) -> None:
        self.target = self.target or f"sip:{self.dialled}@{self.peer[0]}:{self.peer[1]}"
        self.remote = self.remote or f"<{self.target}>"

    def request(self, method: str, *, branch: str = "", kind: str = "", body: str = "") -> Message:
        """The next request of this call; ACK and CANCEL carry the number of what they belong to."""
        self.sequence += method not in ("ACK", "CANCEL")
        host, port = self.own
        headers = [
            ("via", f"SIP/2.0/UDP {host}:{port};branch={branch or new_branch()};rport"),
            ("max-forwards", "70"),
            ("from", f"<sip:{self.number}@{host}>;tag={self.tag}"),
            ("to", self.remote),
            ("call-id", self.call_id),
            ("cseq", f"{self.sequence} {method}"),
            ("contact", f"<sip:{self.number}@{host}:{port}>"),
            ("user-agent", "sip_caller"),
        ]
        if kind:
            headers.append(("content-type", kind))
        return Message(f"{method} {self.target} SIP/2.0", headers, body)

    def learn(self, response: Message) -> None:
        """What the other side says of itself."""
        if "tag=" in response.get("to"):
            self.remote = response.get("to")
        contact = re.search(r"<([^>]+)>", response.get("contact"))
        if contact:
            self.target = contact.group(1)


def new_branch() -> str:
    """A transaction's name."""
    return f"z9hG4bK{secrets.token_hex(8)}"


def offer(host: str, port: int) -> str:
    """A session description: A-law and telephone events."""
    lines = (
        "v=0",
        f"o=caller {port} 1 IN IP4 {host}",
        "s=call",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {PCMA} {EVENTS}",
        f"a=rtpmap:{PCMA} PCMA/8000",
        f"a=rtpmap:{EVENTS} telephone-event/8000",
        f"a=fmtp:{EVENTS} 0-15",
        "a=ptime:20",
        "a=sendrecv",
    )
    return "\r\n".join(lines) + "\r\n"


@dataclass(frozen=True, slots=True)
class Media:
    """Where the other side wants its sound, and the payload type of telephone events; None where it takes none."""

    host: str
    port: int
    events: int | None


def media_of(body: str) -> Media | None:
    """What an answer describes; None for a body without sound."""
    place = re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE)
    audio = re.search(r"^m=audio (\d+) ", body, re.MULTILINE)
    if place is None or audio is None:
        return None
    events = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", body, re.MULTILINE)
    return Media(place.group(1), int(audio.group(1)), int(events.group(1)) if events else None)
