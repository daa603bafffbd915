"""One tty's conversation: letters into command lines, echo, the prompt, and answers in the form the client chose."""

from typing import TYPE_CHECKING, Final

from simulators.modem_farm.answers import Answer, Failed, Prompt, error_line

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem
    from simulators.modem_farm.port import Port

_LONGEST: Final = 2048
_END, _ESCAPE, _BACKSPACE = 0x1A, 0x1B, 0x08
_NUMBERS: Final = {"OK": "0", "ERROR": "4", "NO CARRIER": "3", "CONNECT": "1"}


class Line:
    """Collects what comes on one tty."""

    def __init__(self, modem: "Modem", port: "Port") -> None:
        self._modem, self._port = modem, port
        self._collected = bytearray()
        self._prompt: Prompt | None = None
        self._latest = ""

    def heard(self, octets: bytes) -> None:
        """Octets from the client."""
        for octet in octets:
            if self._modem.mischief.hanging:
                return
            if self._prompt is None:
                self._command_octet(octet)
            else:
                self._text_octet(octet, self._prompt)

    def _echo(self, octet: int) -> None:
        if self._modem.profile.echo:
            self._port.write(bytes([octet]) if not self._modem.mischief.hanging else b"")

    def _command_octet(self, octet: int) -> None:
        self._echo(octet)
        if octet == 0x0D:
            text, self._collected = self._collected.decode("latin-1"), bytearray()
            self._command(text.strip())
        elif octet == _BACKSPACE:
            del self._collected[-1:]
        elif octet not in (0x0A, _ESCAPE, _END) and len(self._collected) < _LONGEST:
            self._collected.append(octet)

    def _command(self, text: str) -> None:
        if text.upper() == "A/":
            text = self._latest
        start = text.upper().find("AT")
        if start < 0:
            return
        self._latest = text[start:]
        self._modem.mischief.run(self._latest[2:].strip(), self)

    def run(self, text: str) -> None:
        """Execute a command line and answer it."""
        done = self._modem.execute(text)
        if isinstance(done, Prompt):
            self._prompt = done
            self._modem.mischief.prompt(self)
        else:
            self.answer(done)

    def show_prompt(self) -> None:
        """The prompt, which has no end of line."""
        self._modem.write(self._port, b"\r\n> ")

    def _text_octet(self, octet: int, prompt: Prompt) -> None:
        if octet == _ESCAPE:
            self._prompt, self._collected = None, bytearray()
            self.answer(Answer())
        elif octet == _END:
            text, self._prompt, self._collected = bytes(self._collected), None, bytearray()
            self._submitted(text, prompt)
        elif octet == _BACKSPACE:
            del self._collected[-1:]
        else:
            self._echo(octet)
            self._collected.append(octet)

    def _submitted(self, text: bytes, prompt: Prompt) -> None:
        try:
            answer = prompt.receive(text)
        except Failed as failed:
            answer = Answer(final=error_line(failed, self._modem.profile.detail))
        self.answer(answer)

    def answer(self, answer: Answer) -> None:
        """Say an answer, now or when it is due."""
        wait = max(answer.after, self._modem.around.settings.answer_seconds)
        if wait:
            self._modem.around.later(wait, lambda: self._say(answer))
        else:
            self._say(answer)

    def _say(self, answer: Answer) -> None:
        self._modem.mischief.say(self, self._in_form(answer.lines), self._final(answer.final))
        if answer.then is not None:
            answer.then()

    def write(self, octets: bytes) -> None:
        """Put octets on this tty."""
        self._modem.write(self._port, octets)

    def _in_form(self, lines: list[str]) -> bytes:
        end, start = "\r\n", "\r\n" if self._modem.profile.verbose else ""
        return "".join(f"{start}{line}{end}" for line in lines).encode("latin-1", "replace")

    def _final(self, final: str) -> bytes:
        if not final or self._modem.profile.quiet:
            return b""
        if self._modem.profile.verbose:
            return f"\r\n{final}\r\n".encode("latin-1", "replace")
        return f"{_NUMBERS.get(final, final)}\r".encode("latin-1", "replace")
