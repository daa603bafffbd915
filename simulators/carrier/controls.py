"""What a person or a test may set while the carrier runs: which behaviour applies to which request, durations, clock, limits."""

import math
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, cast

from simulators.carrier.behaviour import BEHAVIOURS, BY_SUFFIX, WHOLE_PLATFORM, Behaviour
from simulators.carrier.clock import CarrierClock
from simulators.carrier.messages import OPERATIONS, ORDER_OPERATIONS, Request

OK: Final = BEHAVIOURS["ok"]
# ln of p99/p50 over the standard normal's 99th percentile: p50 0.8 s gives p99 8 s.
SLOW_SIGMA: Final = math.log(10) / 2.326

_NUMBERS: Final[Mapping[str, type[int] | type[float]]] = {
    "callback_wait_seconds": float,
    "clock_offset_seconds": float,
    "rate_limit": int,
    "discount_basis_points": int,
}


class UnknownSetting(ValueError):
    """A setting, behaviour or value that the carrier does not have; the text names it."""


def _durations() -> dict[str, float]:
    return {"final": 2.0, "hidden": 10.0, "queue": 10.0, "take_back": 3.0, "withhold": 120.0, "slow_median": 0.8, "gap": 0.5}


@dataclass
class Settings:
    """The live settings. Durations are seconds; `callback_plan` is the waits before each repeat of a callback (section 7)."""

    default: str = "ok"
    operations: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    suffixes: bool = True
    durations: dict[str, float] = field(default_factory=_durations)
    callback_plan: list[float] = field(default_factory=lambda: [5.0, 15.0, 60.0, 300.0, 900.0, 3600.0])
    callback_wait_seconds: float = 5.0
    callback_url: str = ""
    clock_offset_seconds: float = 0.0
    rate_limit: int = 0
    discount_basis_points: int = 0


class Controls:
    """Holds the settings, checks every change, and picks the behaviour of each request with seeded chance."""

    def __init__(self, seed: int, clock: CarrierClock, **initial: object) -> None:
        self._initial = initial
        self._clock = clock
        self.chance = random.Random(seed)
        self.settings = Settings()
        self.change(initial)

    def reset(self) -> None:
        """Back to what the command line said."""
        self.settings = Settings()
        self.change(self._initial)

    def as_mapping(self) -> dict[str, object]:
        """The settings as plain values for JSON."""
        return asdict(self.settings)

    def change(self, wanted: Mapping[str, object]) -> None:
        """Apply changes, all or none; mappings are merged, an empty name removes an entry. Raises UnknownSetting."""
        changed = self.as_mapping()
        for name, value in wanted.items():
            changed[name] = _checked(name, changed.get(name), value)
        self.settings = Settings(**changed)  # type: ignore[arg-type]  # each value was checked against its field's type
        self._clock.offset_seconds = self.settings.clock_offset_seconds

    def choose(self, request: Request) -> Behaviour:
        """The behaviour for a request: that of its operation, the whole platform, its number, its last digits, the default."""
        settings = self.settings
        if request.operation in settings.operations:
            return BEHAVIOURS[settings.operations[request.operation]]
        if settings.default in WHOLE_PLATFORM:
            return BEHAVIOURS[settings.default]
        if request.operation in ORDER_OPERATIONS:
            return self._for_order(request)
        return OK

    def _for_order(self, request: Request) -> Behaviour:
        settings = self.settings
        if request.operation == "Reverse":
            return BEHAVIOURS[settings.default]
        if request.number in settings.numbers:
            return BEHAVIOURS[settings.numbers[request.number]]
        if settings.suffixes and request.number[-4:] in BY_SUFFIX:
            return BY_SUFFIX[request.number[-4:]]
        return BEHAVIOURS[settings.default]

    def latency_seconds(self) -> float:
        """One draw of the lognormal latency: p50 `slow_median`, p99 ten times that, cut at sixty times."""
        median = self.settings.durations["slow_median"]
        return min(self.chance.lognormvariate(0.0, SLOW_SIGMA), 60.0) * median


def _checked(name: str, present: object, value: object) -> object:
    if name == "default":
        return _behaviour_name(value)
    if name in ("operations", "numbers"):
        return _merged(name, cast("dict[str, str]", present), value)
    if name == "durations":
        return _merged_durations(cast("dict[str, float]", present), value)
    if name == "callback_plan":
        return _plan(value)
    if name == "suffixes" and isinstance(value, bool):
        return value
    if name == "callback_url" and isinstance(value, str) and (not value or value.startswith(("http://", "https://"))):
        return value
    if name in _NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        return _NUMBERS[name](value)
    raise UnknownSetting(name)


def _behaviour_name(value: object) -> str:
    if not isinstance(value, str) or value not in BEHAVIOURS:
        raise UnknownSetting(f"behaviour {value}")
    return value


def _merged(name: str, present: dict[str, str], value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise UnknownSetting(name)
    merged = dict(present)
    for key, chosen in value.items():
        if name == "operations" and key not in OPERATIONS:
            raise UnknownSetting(f"operation {key}")
        if chosen:
            merged[key] = _behaviour_name(chosen)
        else:
            merged.pop(key, None)
    return merged


def _merged_durations(present: dict[str, float], value: object) -> dict[str, float]:
    if not isinstance(value, dict):
        raise UnknownSetting("durations")
    for key, seconds in value.items():
        if key not in present or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
            raise UnknownSetting(f"duration {key}")
    return {**present, **value}


def _plan(value: object) -> list[float]:
    if not isinstance(value, list) or not all(isinstance(wait, int | float) and 0 <= wait < math.inf for wait in value):
        raise UnknownSetting("callback_plan")
    return [float(wait) for wait in value]
