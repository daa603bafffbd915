"""The ways a simulated supplier can behave, each with a name and the last four digits of a number that choose it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Travel = Literal["whole", "withheld", "reset", "garbage", "bad_gateway"]
Verdict = Literal["done", "part", "refused"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to treat an order.

    `later`: taken now, ended after a while. `nothing`: not recorded at all. `hidden`: denied to questions for a while. `unlisted`: told
    under a code that nobody knows. `travel` is how the answer goes; `calls` how often the end is told; `forged` notices are signed
    wrongly; `lie` tells the contrary after the truth.
    """

    name: str
    suffix: str
    verdict: Verdict = "done"
    later: bool = False
    nothing: bool = False
    hidden: bool = False
    slow: bool = False
    unlisted: bool = False
    travel: Travel = "whole"
    calls: int = 1
    forged: bool = False
    lie: bool = False


_ALL: Final = (
    Behaviour("ok", "9000"),
    Behaviour("slow", "9001", slow=True),
    Behaviour("silent_done", "9002", travel="withheld"),
    Behaviour("reset_done", "9003", travel="reset"),
    Behaviour("garbage_done", "9004", travel="garbage"),
    Behaviour("bad_gateway_done", "9005", travel="bad_gateway"),
    Behaviour("silent_nothing", "9008", nothing=True, travel="withheld"),
    Behaviour("bad_gateway_nothing", "9009", nothing=True, travel="bad_gateway"),
    Behaviour("accepted_ok", "9010", later=True),
    Behaviour("accepted_failed", "9011", later=True, verdict="refused"),
    Behaviour("accepted_never_called", "9012", later=True, calls=0),
    Behaviour("accepted_partial", "9013", later=True, verdict="part"),
    Behaviour("callback_five", "9020", later=True, calls=5),
    Behaviour("callback_bad_signature", "9022", later=True, forged=True),
    Behaviour("callback_failed_after_ok", "9024", later=True, lie=True),
    Behaviour("hidden", "9030", hidden=True, travel="withheld"),
    Behaviour("partial", "9040", verdict="part"),
    Behaviour("unlisted_code_done", "9044", unlisted=True),
    Behaviour("refused", "9050", verdict="refused"),
)
BEHAVIOURS: Final[Mapping[str, Behaviour]] = {one.name: one for one in _ALL}
BY_SUFFIX: Final[Mapping[str, Behaviour]] = {one.suffix: one for one in _ALL}
