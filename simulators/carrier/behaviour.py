"""The ways the simulated carrier can behave, each with a name and most with the last four digits of a number that choose it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from simulators.carrier import codes

Reply = Literal["signed", "withheld", "reset", "garbage", "bad_gateway", "bad_signature", "wrong_echo", "refused"]


@dataclass(frozen=True, slots=True)
class Calls:
    """What is called back when an order becomes final.

    `copies` sendings are made on purpose (0: never); `forged` signs them wrongly; `swapped` keeps the first event back until the
    order has been taken back and told first; `first` makes the answer wait for the callback; `lie_before` and `lie_after` are codes
    told in an event of their own before or after the true one.
    """

    copies: int = 1
    forged: bool = False
    swapped: bool = False
    first: bool = False
    lie_before: str = ""
    lie_after: str = ""


NO_CALLS: Final = Calls(copies=0)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way to behave towards a request.

    `refuse` is a 2xxx code answered without recording anything. `verdict` is what the order comes to; `part` credits half.
    `accepted` puts the final outcome off by the `final` duration, `stuck` for ever. `nothing` skips doing it at all, `queued` does it
    only after the `queue` duration, `hidden` denies it to queries for the `hidden` duration, `taken_back` reverses it after the
    `take_back` duration. `told` is a code told in the answer instead of the true one. `reply` is how the answer travels.
    """

    name: str
    suffix: str = ""
    refuse: str = ""
    verdict: str = codes.DONE
    part: bool = False
    accepted: bool = False
    stuck: bool = False
    nothing: bool = False
    queued: bool = False
    hidden: bool = False
    taken_back: bool = False
    slow: bool = False
    told: str = ""
    reply: Reply = "signed"
    calls: Calls = field(default=NO_CALLS)


ONE_CALL: Final = Calls()

_ALL: Final = (
    Behaviour("ok", "9000"),
    Behaviour("slow", "9001", slow=True),
    Behaviour("silent_done", "9002", reply="withheld"),
    Behaviour("reset_done", "9003", reply="reset"),
    Behaviour("garbage_done", "9004", reply="garbage"),
    Behaviour("bad_gateway_done", "9005", reply="bad_gateway"),
    Behaviour("bad_signature_done", "9006", reply="bad_signature"),
    Behaviour("wrong_echo_done", "9007", reply="wrong_echo"),
    Behaviour("silent_nothing", "9008", nothing=True, reply="withheld"),
    Behaviour("bad_gateway_nothing", "9009", nothing=True, reply="bad_gateway"),
    Behaviour("accepted_ok", "9010", accepted=True, calls=ONE_CALL),
    Behaviour("accepted_failed", "9011", accepted=True, verdict=codes.CHARGING_REFUSED, calls=ONE_CALL),
    Behaviour("accepted_never_called", "9012", accepted=True),
    Behaviour("accepted_partial", "9013", accepted=True, part=True, calls=ONE_CALL),
    Behaviour("accepted_stuck", "9014", accepted=True, stuck=True),
    Behaviour("accepted_failed_never_called", "9015", accepted=True, verdict=codes.CHARGING_REFUSED),
    Behaviour("callback_five", "9020", accepted=True, calls=Calls(copies=5)),
    Behaviour("callback_first", "9021", told=codes.IN_PROCESS, calls=Calls(first=True)),
    Behaviour("callback_bad_signature", "9022", accepted=True, calls=Calls(forged=True)),
    Behaviour("callback_out_of_order", "9023", accepted=True, taken_back=True, calls=Calls(swapped=True)),
    Behaviour("callback_failed_after_ok", "9024", accepted=True, calls=Calls(lie_after=codes.CHARGING_REFUSED)),
    Behaviour("callback_failed_before_ok", "9025", accepted=True, calls=Calls(lie_before=codes.CHARGING_REFUSED)),
    Behaviour("hidden", "9030", hidden=True, reply="withheld"),
    Behaviour("late", "9031", queued=True, reply="withheld"),
    Behaviour("partial", "9040", part=True),
    Behaviour("taken_back", "9041", taken_back=True, calls=ONE_CALL),
    Behaviour("not_sure_done", "9042", told=codes.NOT_SURE),
    Behaviour("not_sure_failed", "9043", told=codes.NOT_SURE, verdict=codes.CHARGING_REFUSED),
    Behaviour("unlisted_code_done", "9044", told="8888"),
    Behaviour("absent", "9050", verdict=codes.NUMBER_ABSENT),
    Behaviour("barred", "9051", verdict=codes.NUMBER_BARRED),
    Behaviour("over_limit", "9052", verdict=codes.OVER_LIMIT),
    Behaviour("amount_not_allowed", "9053", verdict=codes.AMOUNT_NOT_ALLOWED),
    Behaviour("wrong_kind", "9054", verdict=codes.WRONG_KIND),
    Behaviour("rate_limited", "9060", refuse=codes.RATE_LIMITED),
    Behaviour("maintenance", "9061", refuse=codes.CLOSED),
    Behaviour("stock_out", "9062", refuse=codes.STOCK_OUT),
    Behaviour("partner_locked", "9063", refuse=codes.PARTNER_LOCKED),
    Behaviour("wrong_pin", "9064", refuse=codes.WRONG_PIN),
    Behaviour("down", "9070", nothing=True, reply="reset"),
    Behaviour("refused", nothing=True, reply="refused"),
)

BEHAVIOURS: Final[Mapping[str, Behaviour]] = MappingProxyType({one.name: one for one in _ALL})
BY_SUFFIX: Final[Mapping[str, Behaviour]] = MappingProxyType({one.suffix: one for one in _ALL if one.suffix})

# As a default these concern the whole platform, enquiries included; the others concern orders only.
WHOLE_PLATFORM: Final = frozenset(
    {"rate_limited", "maintenance", "partner_locked", "wrong_pin", "down", "refused", "silent_nothing", "bad_gateway_nothing"}
)
