"""What a farm is made of, read from a JSON file: operators, slots with their modems, chips, subscribers, settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar

MOST_SLOTS: Final = 64
MODELS: Final = ("generic", "wavecom", "huawei", "quectel")
ROLES: Final = ("full", "quiet", "silent")
STYLES: Final = ("mkios", "server", "wallet", "fen")

Made = TypeVar("Made")


class BadConfiguration(ValueError):
    """The file does not describe a farm; the text says what is wrong."""


@dataclass
class OperatorPlan:
    """An operator: how its dealers ask, how it answers, and how it writes money.

    `recharge`, `stock`, `last` are USSD codes with {number}, {units}, {pin}; `sms_...` the same as short messages to `service`.
    `unit_minor` is what one unit is worth; `by_pieces` when stock is counted in pieces of each denomination. `confirm` asks
    before it does anything. `menu` is a USSD code that leads by questions.
    """

    name: str
    style: str = "mkios"
    title: str = ""
    network: str = "51010"
    country: str = "62"
    trunk: str = "0"
    recharge: str = "*777*{number}*{units}*{pin}#"
    stock: str = "*776*{pin}#"
    last: str = "*774*{pin}#"
    menu: str = "*888#"
    service: str = "777"
    sms_recharge: str = "R {number} {units} {pin}"
    sms_stock: str = "S {pin}"
    sms_last: str = "T {pin}"
    sender: str = ""
    denominations: list[int] = field(default_factory=lambda: [5, 10, 20, 50, 100])
    unit_minor: int = 1000
    minor_digits: int = 0
    discount_basis_points: int = 0
    by_pieces: bool = True
    confirm: bool = False
    answer_by_sms: bool = False
    repeat_guard: bool = False
    smsc: str = "+6281100000"


@dataclass
class ChipPlan:
    """A dealer's chip, or a plain SIM where `dealer_pin` is empty. `stock` are pieces of each denomination, `stock_minor` is money."""

    iccid: str
    number: str
    operator: str
    imsi: str = ""
    dealer_pin: str = ""
    stock: dict[str, int] = field(default_factory=dict)
    stock_minor: int = 0
    sim_pin: str = ""
    puk: str = "12345678"
    room: int = 20


@dataclass
class SlotPlan:
    """A socket of the hub with a modem in it. `ports` are its ttys: full, quiet (no unsolicited lines), silent (never answers)."""

    name: str
    imei: str = ""
    model: str = "generic"
    iccid: str = ""
    ports: list[str] = field(default_factory=lambda: ["full"])
    room: int = 50

    def tty_names(self, slot: str = "") -> list[str]:
        """Names of its ttys in a slot, its own or another."""
        name = slot or self.name
        return [name] if len(self.ports) == 1 else [f"{name}-port{number}" for number in range(len(self.ports))]


@dataclass
class Settings:
    """What may be changed while the farm runs. Times in seconds."""

    answer_seconds: float = 0.0
    ussd_seconds: float = 0.05
    sms_seconds: float = 0.05
    submit_seconds: float = 0.02
    boot_seconds: float = 0.3
    register_seconds: float = 0.1
    late_seconds: float = 5.0
    session_seconds: float = 120.0
    jitter: float = 0.2
    chaos: float = 0.0
    chaos_faults: list[str] = field(default_factory=list)


@dataclass
class Plan:
    """A whole farm. `subscribers` maps numbers to active, barred or absent; `faults` are armed at the start."""

    operators: list[OperatorPlan]
    slots: list[SlotPlan]
    chips: list[ChipPlan]
    subscribers: dict[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    faults: list[dict[str, Any]] = field(default_factory=list)


def read(path: Path) -> Plan:
    """Read a file. Raises BadConfiguration."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadConfiguration(f"{path}: {problem}") from problem
    return plan_of(told)


def plan_of(told: Mapping[str, Any]) -> Plan:
    """A farm from plain values, checked. Raises BadConfiguration."""
    operators = [made(OperatorPlan, one) for one in told.get("operators", [])]
    slots = [made(SlotPlan, one) for one in told.get("slots", [])]
    chips = [made(ChipPlan, one) for one in told.get("chips", [])]
    settings = made(Settings, told.get("settings", {}))
    plan = Plan(operators, slots, chips, told.get("subscribers", {}), settings, told.get("faults", []))
    _check(plan)
    return plan


def made(kind: type[Made], told: Any) -> Made:
    """One part of a farm out of plain values. Raises BadConfiguration for a name it does not have or a value of another kind."""
    known = {item.name: item.type for item in fields(kind)}  # type: ignore[arg-type]  # only dataclasses come here
    for name, value in told.items() if isinstance(told, Mapping) else [("", None)]:
        if name not in known or not _fits(str(known[name]), value):
            raise BadConfiguration(f"{kind.__name__}: {name!r}")
    try:
        return kind(**told)
    except TypeError as problem:
        raise BadConfiguration(f"{kind.__name__}: {problem}") from problem


def _fits(wanted: str, value: object) -> bool:
    kinds: dict[str, type | tuple[type, ...]] = {"str": str, "bool": bool, "int": int, "float": (int, float)}
    for text, kind in kinds.items():
        if text in wanted.partition("[")[0]:
            return isinstance(value, kind) and (text == "bool" or not isinstance(value, bool))
    return isinstance(value, dict if "dict" in wanted else list)


def _check(plan: Plan) -> None:
    if not 1 <= len(plan.slots) <= MOST_SLOTS:
        raise BadConfiguration(f"1 to {MOST_SLOTS} slots")
    for what, names in (
        ("slots", [slot.name for slot in plan.slots]),
        ("chips", [chip.iccid for chip in plan.chips]),
        ("numbers", [chip.number for chip in plan.chips]),
        ("operators", [operator.name for operator in plan.operators]),
    ):
        if len(set(names)) != len(names) or "" in names:
            raise BadConfiguration(f"{what}: twice, or without a name")
    _check_words(plan)


def _check_words(plan: Plan) -> None:
    operators, chips = {operator.name for operator in plan.operators}, {chip.iccid for chip in plan.chips}
    wrong = [
        *(f"style {one.style}" for one in plan.operators if one.style not in STYLES),
        *(f"model {one.model}" for one in plan.slots if one.model not in MODELS),
        *(f"ports {one.ports}" for one in plan.slots if not one.ports or set(one.ports) - set(ROLES)),
        *(f"name {one.name}" for one in plan.slots if "/" in one.name or one.name.startswith(".")),
        *(f"chip {one.iccid}" for one in plan.slots if one.iccid and one.iccid not in chips),
        *(f"operator {one.operator}" for one in plan.chips if one.operator not in operators),
        *(f"ICCID {one.iccid}" for one in plan.chips if not (one.iccid.isdigit() and 19 <= len(one.iccid) <= 20)),
    ]
    if wrong:
        raise BadConfiguration(", ".join(wrong))
