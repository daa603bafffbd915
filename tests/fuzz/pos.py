"""What a POS terminal's port takes from strangers: any octets, and the codec's own error is the only way to refuse them."""

from collections.abc import Callable, Sequence

from pos.codec.errors import FrameError
from pos.codec.message import decode, encode
from pos.crypto.tr31 import BadKeyBlock, open_block
from tests.pos.codec.test_mutations import read_all, seeds


def frame(octets: bytes) -> None:
    """A frame without its length, as far as it is read before anybody is known."""
    try:
        read_all(octets)
    except FrameError as error:
        if error.field not in range(65):
            raise AssertionError("a field that no message has") from error


def message(octets: bytes) -> None:
    """What decodes can be written again, and then decodes to the same."""
    try:
        first = decode(octets)
    except FrameError:
        return
    assert decode(encode(first)) == first


def key_block(octets: bytes) -> None:
    """A TR-31 block that nobody made never opens."""
    try:
        open_block(bytes(range(16)), octets.decode("ascii", "replace"))
    except BadKeyBlock:
        return
    raise AssertionError("a block without proof was opened")


TARGETS: dict[str, tuple[Callable[[bytes], None], Sequence[bytes]]] = {
    "frame": (frame, seeds()),
    "message": (message, [octets[11:] for octets in seeds()]),
    "key_block": (
        key_block,
        [b"A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24D52C8D44AAEDA6D81752022B", b"D0112K0TD00E0000" + b"0" * 96],
    ),
}
