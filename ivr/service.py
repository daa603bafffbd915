"""The channel as a running thing: every way to Asterisk opened over an engine, calls carried, and all of it closed in order."""

import logging
import threading
from collections.abc import Callable

from ivr.asterisk.calls import Calls
from ivr.asterisk.fast import FastServer
from ivr.asterisk.supervisor import Supervisor
from ivr.configuration import Configuration
from ivr.desk import Desk, Numbering
from ivr.dialogue.call import call
from ivr.dialogue.conversation import Conversation
from ivr.driver import carry
from ivr.line import Line
from ivr.prompts import language_of
from ivr.steps import Talk
from ivr.voice import Voice
from recharge import Engine, Refusal, Settings

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.05


class Service:
    """One process of the channel."""

    def __init__(self, engine: Engine, configuration: Configuration, settings: Settings) -> None:
        self._engine, self._configuration, self._settings = engine, configuration, settings
        self._numbering = Numbering(settings.country_code, settings.trunk_prefix, max(settings.number_lengths))
        accesses = [box.access() for box in configuration.asterisk]
        self._calls = [Calls(access.user, self.carry) for access in accesses]
        self._supervisors = [Supervisor(access, calls) for access, calls in zip(accesses, self._calls, strict=True)]
        fast = configuration.fast
        self._fast = FastServer((fast.host, fast.port), self.carry) if fast else None

    @property
    def ready(self) -> bool:
        """Whether every way to Asterisk is open."""
        return all(supervisor.ready.is_set() for supervisor in self._supervisors)

    @property
    def calls(self) -> int:
        """How many calls there are over the managers' connections."""
        return sum(calls.number for calls in self._calls)

    @property
    def fast_port(self) -> int:
        """Where FastAGI listens; 0 where it does not."""
        return int(self._fast.server_address[1]) if self._fast else 0

    def run(self, over: threading.Event, ready: Callable[[], None]) -> None:
        """Open, call `ready` once all is up, and close in order once it is over: no new calls, the others to their end, the connections."""
        if self._fast:
            self._fast.start()
        for supervisor in self._supervisors:
            supervisor.start()
        while not over.wait(_LOOK_SECONDS):
            if self.ready:
                ready()
                over.wait()
        self._close()

    def carry(self, line: Line) -> None:
        """One call."""
        carry(line, lambda: self._begin(line))

    def _begin(self, line: Line) -> tuple[str, Talk[None]] | None:
        caller = self._numbering.caller(line.caller)
        desk = Desk(self._engine, caller, line.call_id)
        try:
            endpoint = desk.endpoint() if caller else None
        except Refusal:
            _log.warning("call %s: not taken, the database is away", line.call_id)
            return None
        language: str = self._configuration.language
        if endpoint is not None:
            language = desk.language = endpoint.language or endpoint.party.language or language
        voice = Voice.of(language, self._settings.currency, self._settings.minor_digits)
        return language_of(language), call(Conversation(desk, voice), endpoint)

    def _close(self) -> None:
        for supervisor in self._supervisors:
            supervisor.rest()
        if self._fast:
            self._fast.stop()
        for calls in self._calls:
            if not calls.wait(self._configuration.drain_seconds):
                _log.warning("%d calls were broken off", calls.number)
        for supervisor in self._supervisors:
            supervisor.stop()
