"""AIR over HTTP: the standard library's XML-RPC server, with the failing behaviours put between the deed and the answer."""

import base64
import json
import socket
import struct
import threading
import time
import xmlrpc.client
from http.server import ThreadingHTTPServer
from typing import Any
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler

from simulators.air.node import Node
from simulators.supplier.behaviour import BEHAVIOURS
from simulators.supplier.shop import Shop


class Air(SimpleXMLRPCDispatcher, ThreadingHTTPServer):
    """One node. `access` is user:password as HTTP Basic."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], shop: Shop, access: str) -> None:
        SimpleXMLRPCDispatcher.__init__(self, allow_none=False, encoding="utf-8")
        ThreadingHTTPServer.__init__(self, address, Handler)
        self.shop, self.node = shop, Node(shop)
        self.authorization = "Basic " + base64.b64encode(access.encode()).decode()
        self.over = threading.Event()
        self.register_function(self.node.refill, "Refill")
        self.register_function(self.node.adjust, "UpdateBalanceAndDate")
        self.register_function(self.node.balance, "GetBalanceAndDate")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class Handler(SimpleXMLRPCRequestHandler):
    """Answers calls at /Air, and the control side."""

    rpc_paths = ("/Air",)
    protocol_version = "HTTP/1.1"
    server: Air

    def do_POST(self) -> None:  # noqa: N802  named by http.server
        """A call, or a change from the control side."""
        if self.path == "/Air" and self.headers.get("Authorization") != self.server.authorization:
            self._send(401, b"")
        elif self.path == "/control/behaviour":
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.shop.rules.default = told["default"] if told.get("default") in BEHAVIOURS else self.server.shop.rules.default
            self._send(200, json.dumps({"default": self.server.shop.rules.default}).encode())
        elif self.path == "/Air":
            self._call()
        else:
            self._send(404, b"")

    def do_GET(self) -> None:  # noqa: N802  named by http.server
        """The control side's ledger, and the health check."""
        told: dict[str, Any] = self.server.shop.ledger.told() if self.path == "/control/ledger" else {"status": "ok"}
        self._send(200, json.dumps(told).encode())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing is written of calls: they carry numbers."""

    def _call(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        answer: Any = self.server._marshaled_dispatch(body)  # noqa: SLF001  how the standard library's own handler calls it
        parameters, method = xmlrpc.client.loads(body)
        number = str(parameters[0].get("subscriberNumber", "")) if isinstance(parameters[0], dict) else ""
        behaviour = self.server.shop.behaviour_for(number)
        time.sleep(self.server.shop.rules.slow_seconds if behaviour.slow else self.server.shop.rules.latency_seconds)
        if method != "Refill" or behaviour.travel == "whole":
            self._send(200, answer)
        elif behaviour.travel == "withheld":
            self.server.over.wait(3600)
            self.close_connection = True
        elif behaviour.travel == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        else:
            self._send(502 if behaviour.travel == "bad_gateway" else 200, b"\x00\xff<<<" * 20)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
