"""What a press of a key came to: the end, the display's lines and the slips, as names that texts.py says in a language."""

from dataclasses import dataclass, field

from simulators.pos_terminal.messages import Message
from simulators.pos_terminal.slips import Slip


@dataclass
class Outcome:
    """`ended`: done, processing, refused, unknown, offline (nothing was sent), bad (nothing could be sent).

    `display` is names of texts, each with a value that stands behind it ("" for none); `values` is what was learnt.
    """

    ended: str = "done"
    code: str = ""
    display: list[tuple[str, str]] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    answer: Message | None = None

    def show(self, name: str, value: str = "") -> None:
        """A line on the display."""
        self.display.append((name, value))

    def end(self, ended: str, code: str = "") -> None:
        """How it ended."""
        self.ended, self.code = ended, code
