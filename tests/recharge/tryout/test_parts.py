"""An optional part of a try-out stands as a whole or not at all, says what did not come up, and holds nobody up."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import MappingProxyType

import pytest

from recharge.texts import console
from recharge.tryout import parts as parts_module
from recharge.tryout import play as play_module
from recharge.tryout.commands import Commands, NotUp
from recharge.tryout.home import Home, Ports
from recharge.tryout.parts import Inbox, Part, asked
from recharge.tryout.sms import SmsPart
from tests.recharge.tryout.conftest import free_ports
from tests.recharge.tryout.test_children import until
from tests.support.machine import free_port


class Bell(Part):
    """A part of two processes that do nothing for a long time."""

    name = "bell"
    usual_ports = MappingProxyType({"bell": 18999})
    greeting = console.PHONE
    channels = ("ivr",)
    first, second = "import time; time.sleep(600)", "import time; time.sleep(600)"

    def set_up(self) -> None:
        """Leave a note that it was here."""
        self.home.keep("bell.txt", "ding")

    def launch(self) -> None:
        """Both at once."""
        for name, program in (("bell", self.first), ("clapper", self.second)):
            # A program that runs what it is given.
            self.run(name, ("timeit", "-n1", "-r1", program), (self.home.folder / "ready").exists)

    def facts(self) -> dict[str, str]:
        """Where it hangs."""
        return {"phone": "in the tower"}


PORTS = Ports(21001, 21002, 21003, {"bell": 21004})


@pytest.fixture
def bell(home: Home, commands: Commands) -> Iterator[Bell]:
    part = Bell(home, PORTS, commands)
    yield part
    part.stop()


def test_it_is_settled_once_all_its_processes_say_so(bell: Bell) -> None:
    bell.begin()
    assert not bell.settled()
    bell.home.keep("ready", "")
    assert bell.settled()
    assert bell.failure is None
    assert bell.look_after() == []


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_process_that_dies_before_it_is_up_is_named_with_its_log(bell: Bell, which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bell, which, "print('cracked')")
    bell.begin()
    until(bell.settled, 60)
    assert bell.failure is not None
    assert bell.failure.name == {"first": "bell", "second": "clapper"}[which]
    assert "cracked" in bell.failure.log.read_text(encoding="utf-8")
    assert bell.look_after() == []


def test_a_process_that_never_gets_ready_is_not_waited_for_for_ever(bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "UP_WITHIN_SECONDS", 0.0)
    bell.begin()
    time.sleep(0.01)
    assert bell.settled()
    assert bell.failure is not None


def test_what_cannot_be_set_up_fails_by_itself(home: Home, commands: Commands) -> None:
    (home.folder / "bell.txt").mkdir()
    part = Bell(home, PORTS, commands)
    part.begin()
    assert part.settled()
    assert part.failure is not None
    assert (part.failure.name, part.failure.log) == ("bell", home.log("set-up"))


def test_a_database_that_is_not_there_is_named_by_the_command_that_missed_it(home: Home, commands: Commands) -> None:
    part = SmsPart(home, free_ports(), commands)
    part.begin()
    assert part.settled()
    assert part.failure is not None
    assert (part.failure.name, part.failure.log) == ("keys", home.log("set-up"))


def test_the_dispatcher_leaves_messages_to_the_parts_that_stand(bell: Bell, commands: Commands) -> None:
    assert play_module._sent_elsewhere([bell, SmsPart(bell.home, PORTS, commands)]) == {"KONGCHONG_SENT_ELSEWHERE": "ivr,sms,stk,ussd,ivr"}
    bell.failure = NotUp("bell", bell.home.log("bell"))
    assert play_module._sent_elsewhere([bell]) == {}


def test_a_person_who_has_had_enough_waits_for_no_part(bell: Bell) -> None:
    stopping = threading.Event()
    stopping.set()
    play_module._begin([bell], stopping)
    # Nothing was even begun.
    assert not (bell.home.folder / "bell.txt").exists()


def test_a_part_that_stands_and_one_that_does_not_are_told_in_both_languages(
    bell: Bell, commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    away = SmsPart(bell.home, PORTS, commands)
    away.failure = NotUp("sms", bell.home.log("sms"))
    play_module._greet(bell.home, PORTS, [bell, away])
    said = capsys.readouterr().out
    assert said.count("in the tower") == 2
    assert said.count(str(bell.home.log("sms"))) == 2
    assert "sms 没有启动成功" in said
    assert said.count("Ctrl-C") == 2


def test_what_is_for_the_owner_is_the_owners(home: Home) -> None:
    kept = home.keep("settings.json", "{}")
    assert home.keep("settings.json", "[]").read_text(encoding="utf-8") == "[]"
    secret = home.secret("some.key")
    assert home.secret("some.key").read_bytes() == secret.read_bytes()
    assert [path.stat().st_mode & 0o777 for path in (kept, secret, home.private_folder("drawer"))] == [0o600, 0o600, 0o700]


def test_ports_have_one_name_each() -> None:
    usual = play_module.usual_ports()
    assert len(usual) == sum(len(part.usual_ports) for part in play_module.PARTS)
    assert len({*usual.values(), 8080, 8095, 18081}) == len(usual) + 3
    assert all(port < 32768 for port in usual.values())


def test_an_address_that_does_not_answer_in_json_tells_nothing() -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>" if self.path == "/page" else b'{"up": true}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    assert asked(f"http://127.0.0.1:{free_port()}/") == {}
    with HTTPServer(("127.0.0.1", free_port()), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert asked(f"http://127.0.0.1:{server.server_port}/page") == {}
            assert asked(f"http://127.0.0.1:{server.server_port}/health") == {"up": True}
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("words", [("--part-port", "trumpet", "1"), ("--without", "trumpet")])
def test_an_unknown_name_is_said_with_those_there_are(home: Home, words: tuple[str, ...]) -> None:
    from click.testing import CliRunner

    from recharge.cli import main

    done = CliRunner().invoke(main, ["run", "--home", str(home.folder), *words])
    assert done.exit_code == 2
    assert "trumpet" in done.output
    assert "phone" in done.output or "sms" in done.output


def test_what_is_left_out_is_not_started_and_its_ports_may_be_taken(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(play_module, "PARTS", (Bell, SmsPart))
    for nothing in ("_set_up", "_start", "_play"):
        monkeypatch.setattr(play_module, nothing, lambda *_: None)
    monkeypatch.setattr(Part, "begin", lambda part: started.append(part.name))
    monkeypatch.setattr(Part, "settled", lambda _: True)
    home.close()
    ports = free_ports()
    ports = Ports(ports.page, ports.carrier, ports.callback, {**ports.parts, "bell": free_port()})
    with HTTPServer(("127.0.0.1", ports.of("phone")), BaseHTTPRequestHandler):
        play_module.play(home.folder, ports, "en", ["sms"])
        with pytest.raises(play_module.PortTaken):
            play_module.play(home.folder, ports, "en", ["bell"])
    assert started == ["bell"]


class Tower(Bell):
    """A part that every process hears of."""

    @classmethod
    def for_all(cls, home: Home) -> dict[str, str]:
        """Where it stands."""
        return {"KONGCHONG_TOWER": str(home.folder)}


@pytest.mark.parametrize(("without", "heard"), [((), True), (("bell",), False)])
def test_what_a_part_brings_for_all_is_there_before_anything_starts(
    home: Home, monkeypatch: pytest.MonkeyPatch, without: tuple[str, ...], *, heard: bool
) -> None:
    seen: list[dict[str, str]] = []
    monkeypatch.setattr(play_module, "PARTS", (Tower,))
    monkeypatch.setattr(play_module, "_set_up", lambda home, ports, _: seen.append(home.environment(ports)))
    for nothing in ("_start", "_play", "_begin"):
        monkeypatch.setattr(play_module, nothing, lambda *_: None)
    home.close()
    ports = free_ports()
    play_module.play(home.folder, Ports(ports.page, ports.carrier, ports.callback, {"bell": free_port()}), "en", without)
    assert [told.get("KONGCHONG_TOWER") for told in seen] == [str(home.folder) if heard else None]


class Box(Bell):
    """A part that brings an inbox."""

    def inboxes(self) -> tuple[Inbox, ...]:
        """At its own modem."""
        return (Inbox({"kind": "modem", "name": "box"}, ("CMCC", "CUCC")),)


def test_the_gateway_reads_the_inboxes_of_the_parts_that_are_started_with_it(home: Home, commands: Commands) -> None:
    sms, box = SmsPart(home, free_ports(), commands), Box(home, PORTS, commands)
    settings = []
    for beside in ([sms], [sms, box]):
        sms.beside = beside
        sms.keep_settings()
        settings.append(json.loads(sms.settings.read_text(encoding="utf-8")))
    assert [[link["name"] for link in told["links"]] for told in settings] == [["simulated"], ["simulated", "box"]]
    assert [told["by_carrier"] for told in settings] == [{}, {"CMCC": ["box"], "CUCC": ["box"]}]
