"""F62 of sign-in and of parameter download: serial numbers in, wrapped keys and parameters out."""

from collections.abc import Sequence
from dataclasses import dataclass

from pos.codec.errors import FrameError
from pos.fields.elements import cut

_FIELD = 62
_SERIAL = b"Sequence No"
_BLOCK = 400
_MOST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a terminal is told to work with. `amounts_minor` in fen; `version` 1 to 9999."""

    version: int = 1
    addresses: tuple[str, ...] = ()
    timeout_seconds: int = 30
    tries: int = 3
    amounts_minor: tuple[int, ...] = ()
    slip_line: str = ""
    telephone: str = ""


def serial_number(octets: bytes) -> str:
    """The serial number a terminal signs in with; "" where it tells none. Raises FrameError."""
    if not octets.startswith(_SERIAL):
        return ""
    length, value = octets[len(_SERIAL) : len(_SERIAL) + 2], octets[len(_SERIAL) + 2 :]
    if not length.isdigit() or len(value) != int(length) or not value.isascii():
        raise FrameError(_FIELD, len(_SERIAL), "a serial number of another length")
    return value.decode("ascii").strip()


def asked_block(octets: bytes) -> int:
    """Which block of the parameters is asked for, from 0. Raises FrameError."""
    if len(octets) != 6 or not octets.isdigit():
        raise FrameError(_FIELD, 0, "not version and block")
    return int(octets[4:])


def asked_version(octets: bytes) -> int:
    """Which version a terminal says it has."""
    return int(octets[:4]) if octets[:4].isdigit() else 0


def block(parameters: Parameters, number: int) -> tuple[bytes, bool]:
    """One block (version, whether more is to come, elements), and whether it is the last. Behind the last: one without elements."""
    blocks = _blocks(_elements(parameters))
    is_last = number + 1 >= len(blocks)
    body = blocks[number] if number < len(blocks) else b""
    return b"%04d%s%s" % (parameters.version, b"0" if is_last else b"1", body), is_last


def _elements(parameters: Parameters) -> Sequence[bytes]:
    values = {
        "01": ",".join(parameters.addresses),
        "02": str(parameters.timeout_seconds),
        "03": str(parameters.tries),
        "04": ",".join(map(str, parameters.amounts_minor)),
        "05": parameters.slip_line,
        "06": parameters.telephone,
    }
    cuts = [(tag, cut(value, _MOST_VALUE)) for tag, value in values.items() if value]
    return [b"%s%03d%s" % (tag.encode("ascii"), len(value), value) for tag, value in cuts]


def _blocks(elements: Sequence[bytes]) -> list[bytes]:
    """Whole elements, as many as fit into each block."""
    blocks = [b""]
    for element in elements:
        if len(blocks[-1]) + len(element) > _BLOCK:
            blocks.append(b"")
        blocks[-1] += element
    return blocks
