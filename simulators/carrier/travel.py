"""How an answer travels back to the partner: signed as it should be, or in one of the ways in which answers go wrong."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from simulators.carrier import codes
from simulators.carrier.behaviour import Behaviour
from simulators.carrier.controls import Controls
from simulators.carrier.messages import Request, write_message
from simulators.carrier.signing import Signer
from simulators.carrier.statement import ENCODING

_GARBAGE: Final = b"\x00\x8f<RechargeAnswer><Code>00"
_GATEWAY_PAGE: Final = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be told: elements of an XML answer, or a whole file instead of them."""

    shown: Mapping[str, str | int] = field(default_factory=dict)
    content: bytes = b""
    file_name: str = ""


class Courier:
    """Signs answers and brings them back in the manner of a behaviour."""

    def __init__(self, signer: Signer, controls: Controls) -> None:
        self._signer = signer
        self._controls = controls

    async def bring(self, http: web.Request, request: Request, behaviour: Behaviour, answer: Answer) -> web.StreamResponse:
        """Bring an answer back, or fail to, as the behaviour says."""
        reply = behaviour.reply
        if reply == "withheld":
            await self._keep_waiting(http)
        if reply in ("withheld", "reset", "refused"):
            return _reset(http)
        if reply == "garbage":
            return web.Response(body=_GARBAGE, content_type="application/xml", charset="utf-8")
        if reply == "bad_gateway":
            return web.Response(status=502, body=_GATEWAY_PAGE, content_type="text/html")
        response = self.signed(http, request, answer)
        if reply == "bad_signature":
            response.headers["X-Signature"] = response.headers["X-Signature"][::-1]
        return response

    def signed(self, http: web.Request, request: Request, answer: Answer) -> web.Response:
        """A response with the four headers, its signature tied to the request's nonce."""
        code = str(answer.shown.get("Code", codes.DONE))
        body = answer.content or write_message(f"{request.operation}Answer", answer.shown)
        headers = {"Content-Type": "application/xml; charset=utf-8"}
        if answer.content:
            headers["Content-Type"] = f"text/plain; charset={ENCODING}"
            headers["Content-Disposition"] = f'attachment; filename="{answer.file_name}"'
        if code == codes.RATE_LIMITED:
            headers["Retry-After"] = "1"
        if code != codes.UNKNOWN_PARTNER:
            headers |= self._signer.headers("ANSWER", body, http.headers.get("X-Nonce", ""))
        return web.Response(status=codes.status_of(code), body=body, headers=headers)

    async def _keep_waiting(self, http: web.Request) -> None:
        left = self._controls.settings.durations["withhold"]
        while left > 0 and http.transport is not None and not http.transport.is_closing():
            await asyncio.sleep(min(left, 0.25))
            left -= 0.25


def _reset(http: web.Request) -> web.Response:
    # A zero linger makes the kernel send RST instead of an orderly end.
    transport = http.transport
    if transport is not None:
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
