"""What a modem writes, cut into lines: texts in quotes kept whole over line ends, and the prompt that has no line end."""

import re
from enum import Enum

LONGEST_LINE = 4096
PROMPT = "> "
_ENDS = re.compile(r"[\r\n]+")
# A network's text may hold line ends; only these lines carry one, between quotes.
_QUOTED = ("+CUSD:", "+STGI:", "^STGI:", "+QSTKGI:", "+CUSATP:")


class Splitter:
    """Collects bytes until they make lines. `feed` gives what is complete; the prompt only while somebody waits for it."""

    def __init__(self) -> None:
        self._rest = ""
        self._open = ""

    def feed(self, octets: bytes, prompt_wanted: bool = False) -> list[str]:
        """Whole lines without their ends. Octets that are no Latin-1 text do not exist; a line without end is cut at LONGEST_LINE."""
        *whole, self._rest = _ENDS.split(self._rest + octets.decode("latin-1"))
        lines = [line for piece in whole for line in self._joined(piece) if line.strip("\0 ")]
        if prompt_wanted and self._rest.lstrip().startswith(">"):
            self._rest = ""
            lines.append(PROMPT)
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = ""
        return lines

    def _joined(self, line: str) -> list[str]:
        """The line, or nothing yet while a quote stands open."""
        if self._open:
            if line.startswith(_FINAL):
                # The modem went on: the quote was never closed.
                broken, self._open = self._open, ""
                return [broken, line]
            # A line end may have come in two pieces.
            line = f"{self._open}\n{line}" if line else self._open
        self._open = line if line.startswith(_QUOTED) and line.count('"') % 2 and len(line) < LONGEST_LINE else ""
        return [] if self._open else [line]


_FINAL = ("OK", "ERROR", "+CME ERROR", "+CMS ERROR")


class Sort(Enum):
    """What a line is."""

    WANTED = "wanted"
    BODY = "body"
    EVENT = "event"
    EVENT_HEAD = "event_head"
    FINAL = "final"
    LATE = "late"


_EVENT_HEADS = ("+CMT:", "+CDS:", "+CBM:")
EVENTS = (
    "+CMTI:", "+CDSI:", "+CUSD:", "+CREG:", "+CGREG:", "+CEREG:", "+CPIN:", "+CSQ:", "RING", "+CLIP:", "+CRING:", "^SMMEMFULL", "+WIND:",
    "^BOOT:", "^RSSI:", "^MODE:", "^SRVST:", "^SIMST:", "+CIEV:", "+STIN:", "^STIN:", "+QSTK:", "+CUSATP:", "+CUSATS:", "+CUSATEND",
    "+CUSATCC:", "+QSTKURC:", "^STNE", "+STC:", "NORMAL POWER DOWN", "Call Ready", "SMS Ready", "+CFUN:", "RDY", "+QIND:",
)  # fmt: skip
_FINALS = re.compile(
    r"OK$|ERROR$|\+CM[ES] ERROR: ?|NO CARRIER$|BUSY$|NO ANSWER$|NO DIALTONE$|COMMAND NOT SUPPORT$|TOO MANY PARAMETERS$", re.ASCII
)


def is_final(line: str) -> bool:
    """Whether a line ends a command's answer."""
    return _FINALS.match(line) is not None


def sort(line: str, wanted: re.Pattern[str] | None, in_flight: bool, takes_body: bool) -> Sort:
    """Two-line event first, then what the command in flight waits for, events, final results; the rest came too late or is nothing."""
    if line.startswith(_EVENT_HEADS):
        return Sort.EVENT_HEAD
    if wanted is not None and wanted.match(line):
        return Sort.WANTED
    if line.startswith(EVENTS):
        return Sort.EVENT
    if is_final(line):
        return Sort.FINAL if in_flight else Sort.LATE
    return Sort.BODY if in_flight and takes_body else Sort.LATE
