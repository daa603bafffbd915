"""What tests do to a farm in this process: open its ttys, break it, and read the operators' ledger."""

from typing import Any

from simulators.modem_farm import views
from simulators.modem_farm.farm import Farm
from simulators.modem_farm.modem import Modem
from simulators.modem_farm.testing import FarmThread
from tests.simulators.modem_farm.terminal import Terminal, until

CUSTOMER = "081389092678"
RECHARGE = "*777*081389092678*10*1234#"


class Hands:
    """A farm and the terminals that are open on it. Slots are numbered from 0, the inbox first."""

    def __init__(self, thread: FarmThread) -> None:
        self.thread = thread
        self._terminals: list[Terminal] = []

    @property
    def farm(self) -> Farm:
        return self.thread.farm

    def put_down(self) -> None:
        for terminal in self._terminals:
            terminal.close()

    def slot(self, number: int) -> str:
        return self.farm.plan.slots[number].name

    def iccid(self, number: int) -> str:
        return self.farm.plan.chips[number].iccid

    def number(self, number: int) -> str:
        return self.farm.plan.chips[number].number

    def modem(self, number: int) -> Modem:
        modem = self.farm.slots[self.slot(number)]
        assert modem is not None
        return modem

    def terminal(self, number: int, port: int = 0) -> Terminal:
        terminal = Terminal(self.thread.folder / self.farm.plan.slots[number].tty_names()[port])
        self._terminals.append(terminal)
        return terminal

    def do(self, name: str, *values: Any, **told: Any) -> Any:
        """Call one of the farm's methods in its loop."""
        return self.thread.call(lambda: getattr(self.farm, name)(*values, **told))

    def fault(self, name: str, **told: Any) -> None:
        self.thread.call(lambda: self.farm.around.faults.arm({"name": name, **told}))

    def sms(self, sender: str, recipient: str, text: str) -> int:
        return self.thread.call(lambda: self.farm.network.post.send(sender, recipient, text))

    def credits(self) -> list[tuple[str, int, int]]:
        """Number, denomination and how often."""
        return self.thread.call(lambda: [tuple(row.values()) for row in views.credits_of(self.farm.ledger)])

    def requests(self) -> list[tuple[str, str, str]]:
        """Channel, kind and outcome, oldest first."""
        rows = self.thread.call(lambda: self.farm.ledger.rows("select channel, kind, outcome from request order by id"))
        return [(row["channel"], row["kind"], row["outcome"]) for row in rows]

    def messages(self, number: str = "") -> list[dict[str, Any]]:
        """Messages, newest first."""
        return self.thread.call(lambda: views.messages(self.farm.ledger, number))

    def texts(self, number: str) -> list[str]:
        """What a phone or a card was sent, oldest first."""
        return [row["text"] for row in reversed(self.messages(number)) if row["recipient"] == number]

    def pieces(self, number: int) -> dict[int, int]:
        return self.thread.call(lambda: self.farm.ledger.pieces(self.iccid(number)))

    def stored(self, number: int) -> int:
        """Messages on a card."""
        return len(self.farm.around.sims[self.iccid(number)].store.places)

    def until_credited(self, times: int = 1) -> None:
        until(lambda: sum(count for _, _, count in self.credits()) == times, "credited")
