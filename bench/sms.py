"""Messages a second from an SMPP centre to committed orders, packets opened, beside Kannel carrying the same messages to HTTP.

The gateway is the product's own process (`python -m stk_sms`); the load comes from another process, which also takes every answer to the
shops' phones. Kannel keeps no order and opens no packet; it hands each message to an application that answers at once. It is the peer with
its spool: what it acknowledged there outlives its process, as with us; what it acknowledged in memory does not, and is shown without
comparing.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from bench._centre import Plan, centre
from bench._province import MASTER_KEY, PASSWORD, Province, mariadb_province, sqlite_province
from bench._report import Result, against, quantile, write
from recharge import Settings, open_shell
from recharge.books.database import Database
from simulators.sim_card import menu
from simulators.sim_card.card import TAR
from simulators.sim_card.keys import derive
from simulators.sim_card.packet import Keys, pack
from stk_sms.cards.card_list import ListedCard
from stk_sms.office import tools_of
from stk_sms.packet import Algorithm
from tests.stk_sms.http_link import kannel
from tests.support import machine

# A spool is quick until the disk has to follow: what counts is what goes on.
SECONDS = 10.0
WARM_UP_SECONDS = 1.5
POINTS = 50
# A card may send 30 messages a minute, so many cards share the load.
CARDS = 2400
MESSAGES_A_CARD = 25
WINDOWS = (10, 50)
# Kannel takes the same ones again: it opens none.
_ROUNDS_FOR_KANNEL = 2
_KEY_SET, _VERSION = "BENCH", 1
_MASTERS = (bytes(range(16)), bytes(range(64, 80)))
_SPOOL = 'store-type = spool\nstore-location = "{folder}"\n'


Load = list[tuple[str, bytes]]
"""Phones' numbers and TP-UD, in their order."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card: what is printed on it, its phone's number, its keys, and what it has counted."""

    iccid: str
    msisdn: str
    keys: Keys

    def message(self, counter: int, customer: int) -> tuple[str, bytes]:
        """A recharge of 50.00 for the n-th customer, as the phone sends it."""
        nonce = customer.to_bytes(8, "big")
        body = menu.sale(menu.RECHARGE, nonce, f"138{customer:08d}", 5000, PASSWORD)
        return self.msisdn, pack(self.keys, TAR, counter, body)


def cards(count: int) -> list[Card]:
    """So many cards of the key set, always the same."""
    return [_card(f"8986001126{number:010d}", f"139{number:08d}") for number in range(count)]


def _card(iccid: str, msisdn: str) -> Card:
    kic, kid = (derive("aes", master, iccid, _VERSION, role) for master, role in zip(_MASTERS, ("KIc", "KID"), strict=True))
    return Card(iccid, msisdn, Keys("aes", _VERSION, kic, kid))


def messages(drawer: Sequence[Card], case: int) -> Load:
    """What the cards send in one case, all cards in turn; counters go on from one case to the next."""
    first = case * MESSAGES_A_CARD
    return [
        card.message(first + turn + 1, (first + turn) * len(drawer) + place)
        for turn in range(MESSAGES_A_CARD)
        for place, card in enumerate(drawer)
    ]


def issue(province: Province, drawer: Sequence[Card]) -> None:
    """Keys and cards into the province, by the office's own commands."""
    settings = Settings(database_url=province.url, master_key=SecretStr(MASTER_KEY.hex()), environment="development")
    shell = open_shell(settings)
    tools = tools_of(shell, settings, None)
    tools.keys.activate(_KEY_SET, tools.keys.add(_KEY_SET, Algorithm.AES, *_MASTERS), timedelta(0))
    listed = [ListedCard(card.iccid, card.msisdn, f"P{place % province.points}") for place, card in enumerate(drawer)]
    if tools.cards.issue(listed, _KEY_SET).refused:
        raise RuntimeError("a card could not be issued")
    shell.close()


@contextmanager
def gateway(province: Province, port: int, window: int) -> Iterator[None]:
    """The product's gateway, bound to a centre."""
    link = {"kind": "smpp", "name": "centre", "host": "127.0.0.1", "port": port, "system_id": "kongchong", "window": window}
    own = {"ENVIRONMENT": "development", "DATABASE_URL": province.url, "MASTER_KEY": MASTER_KEY.hex()}
    with tempfile.TemporaryDirectory(prefix="kongchong-bench-") as folder:
        settings = Path(folder) / "sms.json"
        settings.write_text(json.dumps({"links": [link]}), encoding="ascii")
        settings.chmod(0o600)
        environment = os.environ | {f"KONGCHONG_{name}": value for name, value in own.items()}
        command = [sys.executable, "-m", "stk_sms", "--config", str(settings)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
            try:
                yield
            finally:
                process.send_signal(signal.SIGTERM)


def measure(province: Province, case: str, window: int, load: Load) -> Result:
    """Messages to committed orders; each is acknowledged and, after that, answered to the shop's phone."""
    before = _orders(province)
    plan = Plan(machine.free_port(), window, WARM_UP_SECONDS, SECONDS, load)
    with centre(plan) as running, gateway(province, plan.port, window):
        heard = running.heard()
    committed = _orders(province) - before
    if heard.statuses != {0: committed} or heard.answers != committed:
        raise RuntimeError(f"{dict(heard.statuses)} acknowledged, {committed} committed, {heard.answers} answered")
    took = heard.measured()
    return Result(case, round(len(took) / (heard.over - heard.begun), 1), "messages/s", quantile(took, 0.5), quantile(took, 0.99))


def carry(case: str, window: int, load: Load, *, spool: bool) -> Result:
    """Kannel takes the same messages in and brings them on over HTTP."""
    plan = Plan(machine.free_port(), window, WARM_UP_SECONDS, SECONDS, load, http_port=machine.free_port())
    with tempfile.TemporaryDirectory(prefix="kongchong-bench-") as name, centre(plan) as running:
        core = _SPOOL.format(folder=name) if spool else ""
        with kannel.running(Path(name), plan.port, machine.free_port(), f"http://127.0.0.1:{plan.http_port}", core):
            heard = running.heard()
    # How long its acknowledgements take says nothing: it gives them before it brings anything on.
    return Result(case, round(heard.measured_arrivals() / (heard.over - heard.begun), 1), "messages/s")


def _orders(province: Province) -> int:
    database = Database(province.url)
    with database.read() as connection:
        count = int(database.rows(connection, "SELECT COUNT(*) FROM orders")[0][0])
    database.close()
    return count


def one_database(name: str, opened: AbstractContextManager[Province], loads: Sequence[Load], peers: dict[int, Result]) -> list[Result]:
    """All windows on one database, each beside Kannel where it was measured."""
    results = []
    with opened as province:
        issue(province, cards(CARDS))
        for window, load in zip(WINDOWS, loads, strict=True):
            result = measure(province, f"{name}: packet to committed order, window {window}", window, load)
            results.append(against(result, peers[window]) if window in peers else result)
    return results


def peers(load: Load) -> tuple[list[Result], dict[int, Result]]:
    """Kannel, in memory and with its spool; the latter by window, to be compared with."""
    missing = machine.kannel_missing()
    if missing is not None:
        print(f"Kannel is NOT MEASURED: {missing}", file=sys.stderr)
        return [], {}
    spooled = _kannel(load, "spooled", spool=True)
    return [*_kannel(load, "in memory", spool=False).values(), *spooled.values()], spooled


def _kannel(load: Load, where: str, *, spool: bool) -> dict[int, Result]:
    return {window: carry(f"Kannel: message to HTTP, {where}, window {window}", window, load, spool=spool) for window in WINDOWS}


def main() -> None:
    """Kannel, then the gateway on both databases."""
    drawer = cards(CARDS)
    loads = [messages(drawer, case) for case in range(len(WINDOWS))]
    results, spooled = peers(loads[0] * _ROUNDS_FOR_KANNEL)
    results += one_database("mariadb", mariadb_province(POINTS), loads, spooled)
    results += one_database("sqlite", sqlite_province(POINTS), loads, spooled)
    write("sms", results)
