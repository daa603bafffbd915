"""The channel as a running thing: its parts put together over an engine, opened, and closed in order."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pos.answers import AnswerRules, Answers
from pos.configuration import Configuration
from pos.counter import Counter, CounterRules
from pos.desk import Desk, DeskRules
from pos.hall import Hall, Parts
from pos.journal import Journal
from pos.judge import Judge
from pos.keys.vault import KeyVault
from pos.reversals import Reversals
from pos.server import Server, keep_tls_buffers_small
from pos.settlement import Settlement
from pos.terminals import TerminalReader
from pos.upkeep import Upkeep
from recharge import Engine, Settings


class Service:
    """One process of the channel. `vault` and `now` are for those who bring their own."""

    def __init__(
        self,
        engine: Engine,
        configuration: Configuration,
        settings: Settings,
        vault: KeyVault | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        now = now or utc_now
        day_of = settings.calendar.day_of
        self.vault = vault or configuration.keys.vault(engine.keys)
        self._configuration = configuration
        self.journal = Journal(engine.database, now)
        self.reversals = Reversals(engine, now)
        self.hall = Hall(self._parts(engine, settings, now), configuration.answer_seconds)
        self.upkeep = Upkeep(engine, self.reversals, self.journal, now, day_of, timedelta(hours=configuration.silent_hours))
        self.server = Server(self.hall, configuration.limits.limits(), now, self.journal.event)

    def _parts(self, engine: Engine, settings: Settings, now: Callable[[], datetime]) -> Parts:
        told, day_of = self._configuration, settings.calendar.day_of
        parameters = told.parameters.parameters() if told.parameters else None
        carriers = {str(letters): code for letters, code in told.carriers.items()}
        rules = CounterRules(told.language, settings.minor_digits, told.currency, carriers)
        desk_rules = DeskRules(parameters, told.institution, told.language, settings.minor_digits, carriers)
        answer_rules = AnswerRules(settings.calendar.zone, parameters.version if parameters else 0, carriers)
        return Parts(
            engine=engine,
            reader=TerminalReader(engine.database),
            judge=Judge(self.vault, told.currency),
            counter=Counter(engine, self.reversals, rules),
            desk=Desk(engine, self.vault, now, day_of, desk_rules),
            settlement=Settlement(engine, now, day_of, told.language),
            answers=Answers(self.vault, now, answer_rules),
            journal=self.journal,
            now=now,
            language=told.language,
        )

    async def open(self) -> list[int]:
        """Listen; the ports, as they are. Raises OSError."""
        keep_tls_buffers_small()
        self.hall.start()
        self.upkeep.start()
        return await self.server.open([item.place() for item in self._configuration.listen])

    async def close(self) -> None:
        """Answer what is under way, then stop."""
        await self.server.close()
        await self.hall.close()
        await self.upkeep.close()

    async def run(self, over: asyncio.Event, ready: Callable[[], None]) -> None:
        """Open, call `ready`, and close once it is over."""
        await self.open()
        try:
            ready()
            await over.wait()
        finally:
            await self.close()


def utc_now() -> datetime:
    """The machine's clock, aware."""
    return datetime.now(UTC)
