"""Every fuzz target by name, each with its kept corpus: what `python -m tests.fuzz` can run."""

from collections.abc import Callable, Sequence

from tests.fuzz import pos, smpp, smpp_inputs, targets


def _stream(octets: bytes) -> None:
    smpp.target(octets)


EVERY: dict[str, tuple[Callable[[bytes], None], Sequence[bytes]]] = {
    **{name: (target, targets.corpus(name)) for name, target in targets.TARGETS.items()},
    **{f"sms_{name}": found for name, found in smpp_inputs.TARGETS.items()},
    **{f"pos_{name}": found for name, found in pos.TARGETS.items()},
    "smpp": (_stream, list(smpp.corpus().values())),
}
