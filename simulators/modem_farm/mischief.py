"""How a tty goes wrong: hanging, half answers, noise, lateness, echo that comes back, ports that vanish."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulators.modem_farm.line import Line
    from simulators.modem_farm.modem import Modem

_HANGING: Final = {"hang": "closed", "hang_reset": "reset", "hang_power": "power"}
_INSIDE: Final = ("+CREG: 1", "^RSSI: 18", "RING", "+CSQ: 17,99", "^DSFLOWRPT:00000000,00000000", "+CPIN: READY")  # fmt: skip
_RESET: Final = b"CFUN=1,1"


class Mischief:
    """The faults of one modem's ttys, struck one command at a time."""

    def __init__(self, modem: "Modem") -> None:
        self._modem = modem
        self._until = ""
        self._struck = ""
        self._kept: list[str] = []

    def keep(self, line: str) -> None:
        """Keep an unsolicited line for the inside of the next answer."""
        self._kept.append(line)

    def let_go(self) -> None:
        """Say what was kept, where no answer came to carry it."""
        kept, self._kept = self._kept, []
        for line in kept:
            self._modem.say_ussd(line)

    @property
    def hanging(self) -> bool:
        """Whether nothing comes from it now."""
        return bool(self._until)

    def hang(self, name: str) -> None:
        """Begin to hang: until the tty is closed, until a reset, until power is lost."""
        self._until = _HANGING[name]

    def power_lost(self) -> None:
        """Without power nothing hangs."""
        self._until = self._struck = ""
        self._kept.clear()

    def was_closed(self) -> None:
        """The client closed the tty."""
        if self._until == "closed":
            self._until = ""

    def deaf(self, octets: bytes) -> bool:
        """Whether what comes is not heard; a reset may be."""
        if self._until == "reset" and _RESET in octets.upper().replace(b" ", b""):
            self._modem.restart()
        return self.hanging

    def run(self, text: str, line: "Line") -> None:
        """Run a command line with whatever strikes it."""
        self._struck = self._modem.around.strikes(self._modem, "line", text)
        if self._struck in _HANGING:
            self.hang(self._struck)
        elif self._struck == "reboot":
            self._modem.restart()
        else:
            if self._struck == "echo":
                self._modem.profile.echo = True
            line.run(text)

    def prompt(self, line: "Line") -> None:
        """Show the prompt, or not."""
        if self._modem.around.strikes(self._modem, "prompt", "") != "no_prompt":
            line.show_prompt()

    def say(self, line: "Line", lines: bytes, final: bytes) -> None:
        """Say an answer, spoilt where something struck."""
        struck, self._struck = self._struck, ""
        if self._kept and lines:
            kept, self._kept = self._kept, []
            lines += "".join(f"\r\n{one}\r\n" for one in kept).encode("latin-1", "replace")
        way = self._ways().get(struck)
        if way is None:
            line.write(lines + final)
        else:
            way(line, lines, final)

    def _ways(self) -> dict[str, "Callable[[Line, bytes, bytes], None]"]:
        return {
            "skip": lambda *_: None,
            "partial": lambda line, lines, final: line.write((lines + final)[: max(3, len(lines + final) // 2)].rstrip(b"\r\n")),
            "garbage": lambda line, lines, final: line.write(self._noise() + lines + final),
            "urc_inside": lambda line, lines, final: line.write(lines + self._unasked() + final),
            "late": lambda line, lines, final: self._later(lambda: line.write(lines + final)),
            "slow_bytes": self._slowly,
            "vanish": lambda *_: self._modem.restart(self._modem.around.settings.late_seconds),
        }

    def _noise(self) -> bytes:
        return bytes(self._modem.around.chance.randrange(256) for _ in range(self._modem.around.chance.randrange(4, 40))) + b"\r\n"

    def _unasked(self) -> bytes:
        return f"\r\n{self._modem.around.chance.choice(_INSIDE)}\r\n".encode()

    def _later(self, do: Callable[[], None]) -> None:
        self._modem.around.later(self._modem.around.settings.late_seconds, do)

    def _slowly(self, line: "Line", lines: bytes, final: bytes) -> None:
        octets, each = lines + final, 3
        for place in range(0, len(octets), each):
            piece = octets[place : place + each]
            self._modem.around.later(0.005 * (place // each), lambda piece=piece: line.write(piece))  # type: ignore[misc]
