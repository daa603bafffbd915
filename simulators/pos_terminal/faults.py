"""What can go wrong on purpose: one press of a key may be told to meet with some of these."""

from dataclasses import dataclass
from typing import Final

STEPS: Final = ("saved", "sent", "answered", "kept")
"""Where the power can go: saved before sending; sent; answered, not yet kept; kept, not yet shown."""
SWITCHES: Final = ("lose_request", "lose_answer", "twice", "wrong_mac", "wrong_pin_key", "reversal_first")


class PowerCut(Exception):
    """The terminal went dark; what is in its file is all that is left."""


@dataclass
class Faults:
    """Switches for the next message that moves money, each worked once; `delay` is seconds before it is sent.

    lose_request: it never leaves. lose_answer: the answer arrives and is dropped. twice: it is sent twice. wrong_mac: its MAC
    does not fit. wrong_pin_key: its PIN block is under another key. reversal_first: its reversal overtakes it.
    cut_at: the power goes at one of STEPS.
    """

    lose_request: bool = False
    lose_answer: bool = False
    twice: bool = False
    wrong_mac: bool = False
    wrong_pin_key: bool = False
    reversal_first: bool = False
    delay: float = 0.0
    cut_at: str = ""

    def step(self, name: str) -> None:
        """A step is reached. Raises PowerCut."""
        if self.cut_at == name:
            self.cut_at = ""
            raise PowerCut(name)

    def taken(self, name: str) -> bool:
        """Whether a switch is on; it is off from now."""
        was = bool(getattr(self, name))
        setattr(self, name, False)
        return was


def chosen(names: list[str], delay: float = 0.0) -> Faults:
    """Faults by the names on the page; a power cut is named cut:STEP. Unknown names are left out."""
    cut = next((name.removeprefix("cut:") for name in names if name.startswith("cut:")), "")
    switches = {name: True for name in names if name in SWITCHES}
    return Faults(delay=delay, cut_at=cut if cut in STEPS else "", **switches)
