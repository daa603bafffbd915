"""The centre's control side: JSON for tests, and a page on which a person sends as a phone and sees what phones were sent."""

import html
from dataclasses import asdict
from typing import Any, Final

from aiohttp import web

from simulators.smsc import letters, pdu
from simulators.smsc.book import FromPhone, ToPhone, UnknownSetting
from simulators.smsc.centre import Centre

_PAGE: Final = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>短信中心 SMSC</title>
<style>body{{font-family:sans-serif;max-width:60em;margin:2em auto}}td,th{{padding:.2em .8em;text-align:left;vertical-align:top}}</style>
<h1>短信中心 SMSC</h1><form method="post" action="/send"><label>手机 phone <input name="sender" value="13800138000"></label>
<label>发往 to <input name="recipient" value="10086"></label><label>内容 text <input name="text" size="40"></label>
<button>发送 send</button></form>
<h2>手机发出 from phones</h2><table><tr><th>#</th><th>from</th><th>to</th><th>text</th><th>state</th><th>tries</th></tr>{mo}</table>
<h2>发到手机 to phones</h2><table><tr><th>id</th><th>from</th><th>to</th><th>text</th></tr>{mt}</table></html>"""


class BadMessage(ValueError):
    """A message that no phone can send; the text names the field."""


def message_of(told: dict[str, Any]) -> pdu.Short:
    """A phone's message from its JSON: sender, recipient, and text, or data and udh in hexadecimal with coding. Raises BadMessage."""
    try:
        header, data = bytes.fromhex(told.get("udh", "")), bytes.fromhex(told.get("data", ""))
        coding, protocol = int(told.get("coding", 4)), int(told.get("pid", 0))
        sender, recipient = str(told["sender"]), str(told["recipient"])
        if "text" in told:
            data, coding = letters.typed(str(told["text"]))
        short = pdu.Short(sender, recipient, protocol=protocol, coding=coding, octets=header + data, esm_class=0x40 if header else 0)
        ussd = told.get("ussd")
        if ussd is not None:
            short.service = "USSD"
            session = bytes([int(ussd["session"]), int(ussd.get("sequence", 0)) << 1 | bool(ussd.get("end"))])
            short.options = {pdu.USSD_OPERATION: bytes([int(ussd["operation"])]), pdu.SESSION_INFO: session}
        pdu.write_short(short)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadMessage(str(error)) from error
    return short


def mobile_originated(message: FromPhone) -> dict[str, Any]:
    """A phone's message as JSON."""
    short = message.short
    header, content = letters.without_header(short.octets, short.esm_class)
    known = {"id": message.number, "state": message.state, "tries": message.tries, "status": message.status}
    return known | {
        "sender": short.source, "recipient": short.target, "receipt": short.esm_class == 4, "coding": short.coding,
        "udh": header.hex(), "data": content.hex(), "text": letters.shown(content, short.coding),
    }  # fmt: skip


def mobile_terminated(message: ToPhone) -> dict[str, Any]:
    """A message to a phone as JSON."""
    short = message.short
    header, content = letters.without_header(short.content, short.esm_class)
    operation, session = short.options.get(pdu.USSD_OPERATION), short.options.get(pdu.SESSION_INFO, b"\0\0")
    ussd = {"operation": operation[0], "session": session[0], "end": bool(session[1] & 1)} if operation else None
    return {
        "id": message.message_id, "sender": short.source, "recipient": short.target, "by": message.by, "coding": short.coding,
        "pid": short.protocol, "udh": header.hex(), "data": content.hex(), "text": message.text, "ussd": ussd,
    }  # fmt: skip


class Control:
    """Handlers of the control side."""

    def __init__(self, centre: Centre) -> None:
        self._centre, self._book = centre, centre.book

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/", self._page),
            web.post("/send", self._send),
            web.get("/control/messages", self._messages),
            web.post("/control/mo", self._originate),
            web.get("/control/behaviour", self._behaviour),
            web.post("/control/behaviour", self._behave),
            web.post("/control/disconnect", self._disconnect),
            web.post("/control/unbind", self._unbind),
            web.post("/control/redeliver", self._redeliver),
            web.post("/control/reset", self._reset),
        ]

    async def _page(self, _http: web.Request) -> web.Response:
        mo = [mobile_originated(one) for one in reversed(self._book.from_phones[-100:])]
        mt = [mobile_terminated(one) for one in reversed(self._book.to_phones[-100:])]
        rows = {"mo": _rows(mo, "id sender recipient text state tries"), "mt": _rows(mt, "id sender recipient text")}
        return web.Response(text=_PAGE.format(**rows), content_type="text/html")

    async def _send(self, http: web.Request) -> web.Response:
        form = await http.post()
        self._put({name: str(value) for name, value in form.items()})
        raise web.HTTPSeeOther("/")

    async def _messages(self, http: web.Request) -> web.Response:
        phone = http.query.get("phone", "")
        mo = [mobile_originated(one) for one in self._book.from_phones if phone in ("", one.short.source)]
        mt = [mobile_terminated(one) for one in self._book.to_phones if phone in ("", one.short.target)]
        bound = [{"system_id": one.system_id, "command": one.bound} for one in self._centre.connections if one.bound]
        return web.json_response({"mo": mo, "mt": mt, "bound": bound})

    async def _originate(self, http: web.Request) -> web.Response:
        told = await http.json()
        many = told if isinstance(told, list) else [told]
        shorts = [_checked(one) for one in many]
        numbers = [self._book.put(short).number for short in shorts]
        self._centre.deliver()
        return web.json_response({"ids": numbers})

    def _put(self, told: dict[str, Any]) -> None:
        self._book.put(_checked(told))
        self._centre.deliver()

    async def _behaviour(self, _http: web.Request) -> web.Response:
        return web.json_response(asdict(self._book.settings))

    async def _behave(self, http: web.Request) -> web.Response:
        try:
            self._book.change(await http.json())
        except UnknownSetting as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return await self._behaviour(http)

    async def _disconnect(self, _http: web.Request) -> web.Response:
        self._centre.disconnect()
        return web.json_response({})

    async def _unbind(self, _http: web.Request) -> web.Response:
        self._centre.unbind()
        return web.json_response({})

    async def _redeliver(self, http: web.Request) -> web.Response:
        found = self._book.again(int((await http.json())["id"]))
        self._centre.deliver()
        return web.json_response({"found": found})

    async def _reset(self, _http: web.Request) -> web.Response:
        self._book.reset()
        return web.json_response({})


def _checked(told: dict[str, Any]) -> pdu.Short:
    try:
        return message_of(told)
    except BadMessage as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def _rows(found: list[dict[str, Any]], columns: str) -> str:
    lines = ("".join(f"<td>{html.escape(str(one[name]))}</td>" for name in columns.split()) for one in found)
    return "".join(f"<tr>{line}</tr>" for line in lines)
