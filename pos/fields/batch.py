"""F60 and F61: what kind of transaction, in which batch, and which earlier one is meant."""

from dataclasses import dataclass

from pos.codec.errors import FrameError


@dataclass(frozen=True, slots=True)
class Use:
    """F60: transaction type 2, batch 6, network code 3; what follows is terminals' own and is echoed."""

    kind: str
    batch: int
    network: str
    rest: str = ""

    def text(self) -> str:
        """The field's digits."""
        return f"{self.kind}{self.batch:06d}{self.network}{self.rest}"


@dataclass(frozen=True, slots=True)
class Original:
    """F61: batch and trace of the transaction that is meant."""

    batch: int
    trace: int


def read_use(digits: str) -> Use:
    """F60's parts. Raises FrameError."""
    if len(digits) < 11:
        raise FrameError(60, 0, "shorter than type, batch and network code")
    return Use(digits[:2], int(digits[2:8]), digits[8:11], digits[11:])


def read_original(digits: str) -> Original:
    """F61's parts. Raises FrameError."""
    if len(digits) < 12:
        raise FrameError(61, 0, "shorter than batch and trace")
    return Original(int(digits[:6]), int(digits[6:12]))


def reference_of(batch: int, trace: int) -> str:
    """The engine's key of a terminal's transaction: used once for ever."""
    return f"{batch:06d}{trace:06d}"


def cancel_of(reference: str) -> str:
    """The engine's key of a cancel, told apart from sales so that settlement needs no other record of what was what."""
    return f"C{reference}"


def reversal_of(reference: str) -> str:
    """The engine's key of the reversal of a sale."""
    return f"R{reference}"
