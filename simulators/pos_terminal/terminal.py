"""The terminal's keys: each function as one call, which does what a real terminal does before, in and after it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from simulators.pos_terminal import closing, sales, service
from simulators.pos_terminal.business import BadBusiness
from simulators.pos_terminal.core import SIGN_IN_WISH, BadAnswer, CannotDo, Core, MustSignIn, beijing_time
from simulators.pos_terminal.exchange import Exchange, Untrusted
from simulators.pos_terminal.faults import Faults
from simulators.pos_terminal.line import Line, NoAnswer, NoLine
from simulators.pos_terminal.memory import Memory, Sale, State
from simulators.pos_terminal.outcome import Outcome
from simulators.pos_terminal.parameters import BadParameters
from simulators.pos_terminal.record import Record
from simulators.pos_terminal.requests import BILL, RECHARGE

# The header's sixth digit. Public keys, chip parameters and remote loading (4 to 6) have no place in a terminal without a chip.
_WISHES = {"1": "download", "2": "status", SIGN_IN_WISH: "sign_in"}
_WAYS: dict[str, Callable[[Core], Awaitable[None]]] = {
    "download": service.download,
    "status": service.report_status,
    "sign_in": service.sign_in,
}


class Terminal:
    """A terminal with its file and its line. Every call returns an Outcome; only PowerCut comes out as an exception.

    `seconds` is how long it waits for an answer, whatever its parameters say. After a PowerCut make a new one from the file.
    """

    def __init__(self, memory: Memory, line: Line, seconds: float | None = None, now: Callable[[], datetime] = beijing_time) -> None:
        self._memory = memory
        self._exchange = Exchange(lambda: memory.state, line, seconds)
        self._core = Core(memory, self._exchange, now)

    @property
    def state(self) -> State:
        """What is in its file."""
        return self._memory.state

    @property
    def records(self) -> list[Record]:
        """The frames of the last key, oldest first, without secrets."""
        return list(self._exchange.records)

    async def sign_in(self, faults: Faults | None = None) -> Outcome:
        """签到."""
        return await self._operate(lambda: service.sign_in(self._core), faults)

    async def sign_off(self, faults: Faults | None = None) -> Outcome:
        """签退."""
        return await self._operate(lambda: service.sign_off(self._core), faults)

    async def echo(self, faults: Faults | None = None) -> Outcome:
        """回响."""
        return await self._operate(lambda: service.echo(self._core), faults)

    async def status(self, report: str = "000", faults: Faults | None = None) -> Outcome:
        """状态上送: a code of three digits and a value."""
        return await self._operate(lambda: service.report_status(self._core, report), faults)

    async def download(self, faults: Faults | None = None) -> Outcome:
        """参数下载."""
        return await self._operate(lambda: service.download(self._core), faults)

    async def balance(self, password: str, account: str = "", faults: Faults | None = None) -> Outcome:
        """余额; the outcome's values have balance_minor."""
        return await self._operate(lambda: service.balance(self._core, password, account), faults)

    async def check_number(self, number: str, faults: Faults | None = None) -> Outcome:
        """号码查询; the outcome's values are the elements of field 48 by tag."""
        return await self._operate(lambda: service.check_number(self._core, number), faults)

    async def recharge(
        self, number: str, amount_minor: int, password: str, account: str = "", again: int = 0, faults: Faults | None = None
    ) -> Outcome:
        """充值. `again` is the repeat mark of one who means the same sale once more."""
        sale = Sale(RECHARGE, "", "", number, amount_minor, mark=again)
        return await self._operate(lambda: sales.sell(self._core, sale, password, account), faults)

    async def pay_bill(
        self, number: str, amount_minor: int, password: str, account: str = "", again: int = 0, faults: Faults | None = None
    ) -> Outcome:
        """缴费."""
        sale = Sale(BILL, "", "", number, amount_minor, mark=again)
        return await self._operate(lambda: sales.sell(self._core, sale, password, account), faults)

    async def cancel(self, trace: str, password: str, account: str = "", faults: Faults | None = None) -> Outcome:
        """当日返销 of a sale by its trace."""
        return await self._operate(lambda: sales.cancel(self._core, trace, password, account), faults)

    async def enquire(self, trace: str = "", faults: Faults | None = None) -> Outcome:
        """充值确认: what became of the sale in doubt, of a named one, or of the last."""
        return await self._operate(lambda: sales.enquire(self._core, trace), faults)

    async def settle(self, faults: Faults | None = None) -> Outcome:
        """批结算, with the batch upload where the totals differ."""
        return await self._operate(lambda: closing.settle(self._core), faults)

    async def _operate(self, work: Callable[[], Awaitable[None]], faults: Faults | None) -> Outcome:
        outcome = self._core.begin(faults)
        self._exchange.records.clear()
        try:
            await self._guarded(work)
            await self._obey()
        finally:
            await self._exchange.line.close()
        return outcome

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        outcome = self._core.outcome
        try:
            await work()
        except NoLine:
            outcome.end("offline")
            outcome.show("no_line")
        except NoAnswer as error:
            outcome.end("unknown", error.reason)
            outcome.show("bad_mac" if isinstance(error, Untrusted) else "no_answer", error.reason)
            if isinstance(error, Untrusted):
                self._core.note_code(error.code)
        except MustSignIn:
            outcome.end("bad")
            outcome.show("must_sign_in")
        except CannotDo as error:
            outcome.end("bad")
            outcome.show(error.why)
        except (BadAnswer, BadBusiness, BadParameters):
            outcome.end("unknown", "96")
            outcome.show("bad_answer")

    async def _obey(self) -> None:
        """What the host asked for by its header or its code, after the operation; how that ended does not change how this one did."""
        core = self._core
        wishes, ended = list(core.wishes), (core.outcome.ended, core.outcome.code)
        for wish in wishes:
            name = _WISHES.get(wish)
            core.outcome.show("host_asks~" if name else "host_asks", f"function.{name}" if name else wish)
            if name is not None:
                await self._guarded(partial(_WAYS[name], core))
        if wishes:
            core.outcome.end(*ended)
