"""`kongchong run`, as a person does it: start, sell, stop, start again with everything still there."""

import json
import os
import signal
import subprocess
import sys
import threading
import tomllib
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from recharge import (
    Channel,
    EndpointKind,
    Engine,
    OrderState,
    Origin,
    Recharge,
    Request,
    ServicePassword,
    load_settings,
    open_engine,
)
from recharge.domain.orders import OPEN_STATES
from recharge.engine.administration.password_book import LOGIN, SERVICE, PasswordBook
from recharge.tryout import play as play_module
from recharge.tryout.children import Children
from recharge.tryout.commands import Commands, NotUp
from recharge.tryout.home import Home, Ports
from recharge.tryout.play import PortTaken, play, province_folder
from recharge.verify import holds, verify_books
from tests.recharge.tryout.conftest import TryOut, free_ports
from tests.recharge.tryout.test_children import until
from tests.recharge.tryout.test_close import a_ticket_is_paid_and_finance_credits_it
from tests.support.machine import free_port


def engine_of(try_out: TryOut, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine of this process on the try-out's books, as another channel would have."""
    home = try_out.folder
    monkeypatch.setenv("KONGCHONG_ENVIRONMENT", "development")
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", f"sqlite:///{home / 'kongchong.sqlite3'}")
    monkeypatch.setenv("KONGCHONG_MASTER_KEY_FILE", str(home / "master.key"))
    return open_engine(load_settings())


def sell(engine: Engine, try_out: TryOut, reference: str, amount_minor: int) -> OrderState:
    """Recharge the sample number at the seeded shop and wait for the end."""
    digits = PasswordBook(try_out.folder / "logins.txt").known(SERVICE, "P1001")
    origin = Origin(Channel.WEB, EndpointKind.WEB_LOGIN, "shop", reference)
    reply = engine.take(Request(origin, ServicePassword(digits), Recharge("13800138000", amount_minor)))
    assert reply.order is not None, reply.refusal
    state = engine.wait(reply.order.order_number, 30).state
    assert state not in OPEN_STATES, (try_out.folder / "logs" / "dispatch.log").read_text(encoding="utf-8")
    return state


def verdict(try_out: TryOut) -> int:
    """What `kongchong verify` says, with the carrier's own ledger beside ours."""
    command = [sys.executable, "-m", "recharge.cli", "verify", "--carrier-ledger", str(try_out.folder / "carrier.sqlite3")]
    with closing(Home(try_out.folder)) as home:
        return subprocess.run(command, env=home.environment(try_out.ports), check=False, capture_output=True).returncode


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  our own page
        text = answer.read().decode()
    assert isinstance(text, str)
    return text


@pytest.mark.slow
def test_a_person_tries_the_product_twice(try_out: TryOut, monkeypatch: pytest.MonkeyPatch) -> None:
    try_out.start()
    said = "".join(try_out.said)
    book = PasswordBook(try_out.folder / "logins.txt")
    assert book.known(LOGIN, "shop") in said
    assert book.known(SERVICE, "P1001") in said
    assert f"http://127.0.0.1:{try_out.ports.carrier}/control/" in said
    assert f"http://127.0.0.1:{try_out.ports.of('phone')}/" in said
    assert "空充已启动" in said
    assert "<form" in page(f"http://127.0.0.1:{try_out.ports.page}/")

    engine = engine_of(try_out, monkeypatch)
    assert engine.sign_in("shop", book.known(LOGIN, "shop")).party.code == "P1001"
    assert sell(engine, try_out, "1", 50_00) is OrderState.SUCCEEDED
    a_ticket_is_paid_and_finance_credits_it(try_out)
    assert try_out.stop() == 0
    assert try_out.process is not None

    try_out.ports = free_ports()
    try_out.start()
    assert sell(engine, try_out, "2", 30_00) is OrderState.SUCCEEDED
    findings = verify_books(engine.database, datetime.now(UTC), try_out.folder / "carrier.sqlite3")
    assert holds(findings), [str(finding) for finding in findings if not finding.holds]
    engine.close()
    assert try_out.stop(signal.SIGINT) == 0
    assert verdict(try_out) == 0


@pytest.mark.slow
def test_a_child_that_was_killed_comes_back_and_nothing_is_left_at_the_end(try_out: TryOut, monkeypatch: pytest.MonkeyPatch) -> None:
    try_out.only = "sms"
    try_out.start()
    before = try_out.children()
    # The carrier, upkeep and the page come first, then the centre, the phone and the gateway, and the dispatcher.
    assert len(before) == 7
    for pid in (before[1], before[6]):
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(try_out.children()) - set(before)) == 2)
    engine = engine_of(try_out, monkeypatch)
    assert sell(engine, try_out, "1", 50_00) is OrderState.SUCCEEDED
    engine.close()
    last = try_out.children()
    assert try_out.stop() == 0
    assert "started again" in "".join(try_out.said)
    assert not [pid for pid in last if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize("which", ["carrier", "phone", "smsc", "smsc_control"])
def test_a_port_that_is_taken_is_named_before_anything_starts(try_out: TryOut, which: str) -> None:
    port = try_out.ports.carrier if which == "carrier" else try_out.ports.of(which)
    with HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler), pytest.raises(PortTaken) as taken:
        play(try_out.folder, try_out.ports, "en")
    assert taken.value.port == port
    assert not (try_out.folder / "kongchong.sqlite3").exists()
    Home(try_out.folder).close()


def test_the_same_taken_port_at_the_terminal_is_one_sentence(try_out: TryOut) -> None:
    with HTTPServer(("127.0.0.1", try_out.ports.page), BaseHTTPRequestHandler), pytest.raises(AssertionError, match="is taken"):
        try_out.start()


@pytest.mark.parametrize("status", [200, 303, 404, 500])
def test_a_page_is_up_when_it_answers_sensibly(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play_module, "UP_WITHIN_SECONDS", 5.0)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", free_port()), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert play_module._answers(f"http://127.0.0.1:{server.server_port}/", threading.Event()) is (status < 500)
        finally:
            server.shutdown()
            thread.join()


def test_waiting_for_a_page_ends_when_the_person_has_had_enough() -> None:
    enough = threading.Event()
    enough.set()
    assert not play_module._answers(f"http://127.0.0.1:{free_port()}/", enough)


def test_waiting_for_a_page_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play_module, "UP_WITHIN_SECONDS", 0.5)
    assert not play_module._answers(f"http://127.0.0.1:{free_port()}/", threading.Event())


def test_what_the_try_out_counts_on_is_what_the_province_has() -> None:
    told = tomllib.loads((province_folder() / "province.toml").read_text(encoding="utf-8"))
    link = told["link"][0]
    assert link["code"] == play_module.SEEDED_LINK
    assert link["settings"]["partner"] == play_module.SEEDED_PARTNER
    assert f":{play_module.SEEDED_PORT}/" in json.dumps(link["settings"])
    assert any(item["identity"] == play_module.SEEDED_LOGIN for item in told["endpoint"])
    assert {way["cost"] for way in told["route"]} == {10_000 - play_module._DISCOUNT_BP}


PORTS = Ports(21001, 21002, 21003)


def said_by(home: Home, name: str) -> str:
    return home.log(name).read_text(encoding="utf-8")


def test_a_set_up_that_goes_wrong_is_named_with_its_log(home: Home, commands: Commands) -> None:
    (home.folder / "kongchong.sqlite3").write_text("this is no database", encoding="ascii")
    with pytest.raises(NotUp) as error:
        play_module._set_up(home, PORTS, commands)
    assert error.value.name == "migrate"
    assert error.value.log == home.log("set-up")
    assert "not a database" in said_by(home, "set-up")


def test_a_province_that_cannot_be_read_is_named_with_its_log(
    home: Home, commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play_module, "province_folder", lambda: tmp_path)
    with pytest.raises(NotUp) as error:
        play_module._set_up(home, PORTS, commands)
    assert error.value.name == "seed"
    assert ".toml" in said_by(home, "set-up")


def test_a_process_that_does_not_come_up_is_named_with_its_log(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play_module, "UP_WITHIN_SECONDS", 1.0)
    monkeypatch.setattr(play_module, "_carrier", lambda *_: [sys.executable, "-c", "print('no carrier today')"])
    ports = free_ports()
    children = Children(home.environment(ports))
    try:
        play_module._start(home, ports, children)
        with pytest.raises(NotUp) as error:
            play_module._wait(home, ports, threading.Event())
    finally:
        children.stop()
    assert error.value.name == "carrier"
    assert "no carrier today" in said_by(home, "carrier")


def test_nobody_is_told_that_it_runs_while_nothing_can_be_sent(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Children, "start", lambda *_: None)
    monkeypatch.setattr(play_module, "_answers", lambda address, _: f":{PORTS.callback}/" not in address)
    with pytest.raises(NotUp) as error:
        play_module._play(home, PORTS, Children({}), [], "en", threading.Event())
    assert (error.value.name, capsys.readouterr().out) == ("dispatch", "")


def test_passwords_that_are_no_longer_written_down_are_not_made_up(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    play_module._greet(home, PORTS)
    said = capsys.readouterr().out
    assert "password ?" in said
    assert "http://127.0.0.1:21001/" in said
    assert not home.passwords.exists()


def test_the_words_are_said_in_chinese_and_english(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    book = PasswordBook(home.passwords)
    login, service = book.login("shop"), book.service("P1001")
    play_module._greet(home, PORTS)
    said = capsys.readouterr().out
    assert said.count(login) == said.count(service) == 2
    assert "空充已启动" in said
    assert "Kongchong is running" in said


def test_signals_are_the_programs_own_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    stopping = threading.Event()
    with play_module._told_by_signals(stopping):
        signal.raise_signal(signal.SIGTERM)
        assert stopping.is_set()
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_stop_while_it_starts_is_a_stop(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stopping = threading.Event()
    stopping.set()
    monkeypatch.setattr(Children, "start", lambda *_: None)
    play_module._play(home, PORTS, Children({}), [], "en", stopping)
    # Nobody is told that it runs.
    assert capsys.readouterr().out.strip() == "Stopping …"
