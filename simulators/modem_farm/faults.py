"""What can go wrong, and when: faults armed for a chip, a slot or everybody, so many times or by seeded chance."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

# name: (where it strikes, what it does). `done`: the operator did it, whatever the modem says.
FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "hang": ("line", "no answer to anything until the port is closed and opened again"),
    "hang_reset": ("line", "no answer until AT+CFUN=1,1, which is obeyed in silence"),
    "hang_power": ("line", "no answer until the modem is unplugged or its power taken"),
    "skip": ("line", "this one command gets no answer, though it is obeyed"),
    "partial": ("line", "the answer stops in the middle of a line"),
    "echo": ("line", "echo is on again"),
    "garbage": ("line", "noise before the answer"),
    "urc_inside": ("line", "an unsolicited line between the answer's lines"),
    "late": ("line", "the answer comes late, perhaps inside the next one"),
    "slow_bytes": ("line", "the answer comes a few octets at a time"),
    "reboot": ("line", "the modem starts again instead of answering"),
    "vanish": ("line", "the port is gone instead of an answer, though the command is obeyed; it comes back after a while"),
    "ussd_silent": ("ussd", "done, OK, and never a +CUSD"),
    "ussd_lost": ("ussd", "OK, never a +CUSD, and not done"),
    "ussd_timeout": ("ussd", "done, and +CUSD: 5"),
    "ussd_timeout_lost": ("ussd", "not done, and +CUSD: 5"),
    "ussd_ended": ("ussd", "done, and +CUSD: 2 without a text"),
    "ussd_elsewhere": ("ussd", "done, and +CUSD: 3"),
    "ussd_unsupported": ("ussd", "not done, and +CUSD: 4"),
    "ussd_cme_100": ("ussd", "done, and +CME ERROR: 100"),
    "ussd_cme_31": ("ussd", "done, and +CME ERROR: 31"),
    "ussd_error": ("ussd", "done, and ERROR"),
    "ussd_refused": ("ussd", "not done, and +CME ERROR: 30"),
    "ussd_busy": ("ussd", "not done, and +CME ERROR: 14"),
    "ussd_twice": ("ussd", "the +CUSD comes twice"),
    "ussd_late": ("ussd", "the +CUSD comes late"),
    "ussd_before_ok": ("ussd", "the +CUSD comes before the OK"),
    "ussd_inside": ("ussd", "the +CUSD comes inside the answer of the next command"),
    "ussd_split": ("ussd", "the +CUSD's text has line breaks in it"),
    "ussd_ucs2": ("ussd", "the +CUSD's text is UCS2 in hexadecimal"),
    "no_prompt": ("prompt", "the prompt never comes"),
    "cms_500_sent": ("submit", "sent, and +CMS ERROR: 500"),
    "cmgs_lost": ("submit", "sent, and no +CMGS"),
    "cms_38": ("submit", "not sent, and +CMS ERROR: 38"),
    "cms_41": ("submit", "not sent, and +CMS ERROR: 41"),
    "cms_42": ("submit", "not sent, and +CMS ERROR: 42"),
    "card_stuck": ("card", "a message is said to be deleted from the card, and is not"),
    "sms_late": ("arrival", "a message to the chip comes late"),
    "sms_twice": ("arrival", "a message to the chip comes twice"),
    "sms_reordered": ("arrival", "a message to the chip waits until the next has come"),
    "sms_lost": ("arrival", "a message to the chip never comes"),
    "request_lost": ("operator", "the operator never sees the request"),
    "silent": ("operator", "done, and the operator says nothing"),
    "pending": ("operator", "said to be in process, done and told later by short message"),
    "pending_failed": ("operator", "said to be in process, and failed later by short message"),
    "refused": ("operator", "refused, nothing moved"),
    "changed_wording": ("operator", "done, told in words never seen before"),
    "wrong_balance": ("operator", "done, but the balance told is not the ledger's"),
    "no_balance": ("operator", "done, and part of the text is missing from the balance on"),
    "masked_number": ("operator", "done, the number told with stars"),
    "other_number": ("operator", "done, but the answer names another number"),
    "other_amount": ("operator", "done, but the answer names another amount"),
    "two_parts": ("operator", "done, told in two messages of which only the second has the reference"),
    "spent_elsewhere": ("operator", "somebody else spends from the chip's stock just before"),
    "advertisement": ("operator", "an advertisement comes by short message before the answer"),
}
PLACES: Final = frozenset(place for place, _ in FAULTS.values())
EVERYBODY: Final = "*"


class UnknownFault(ValueError):
    """A fault or value that the farm does not have."""


@dataclass
class Fault:
    """A fault that waits: it strikes the next `times` occasions after letting `skip` pass, or each with `chance`.

    `only` narrows it to commands that begin with it.
    """

    name: str
    target: str = EVERYBODY
    times: int = 1
    skip: int = 0
    chance: float = 1.0
    only: str = ""


class Faults:
    """All faults that wait."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.waiting: list[Fault] = []
        self.struck: dict[str, int] = {}
        self.chaos = 0.0
        self.chaos_names: list[str] = []

    def arm(self, told: Mapping[str, Any]) -> Fault:
        """Arm one from plain values. Raises UnknownFault."""
        try:
            fault = Fault(**told)
            whole = type(fault.times) is int and type(fault.skip) is int
            fits = fault.name in FAULTS and whole and fault.times > 0 and fault.skip >= 0 and 0 < fault.chance <= 1
            fits = fits and isinstance(fault.only, str)
        except TypeError as problem:
            raise UnknownFault(str(problem)) from problem
        if not fits:
            raise UnknownFault(f"{told}")
        self.waiting.append(fault)
        return fault

    def clear(self, target: str = "") -> None:
        """Forget what waits, for one target or for all."""
        self.waiting = [fault for fault in self.waiting if target and fault.target != target]

    def strikes(self, place: str, targets: Iterable[str], command: str = "") -> str:
        """The fault that strikes on this occasion, or nothing."""
        names = {EVERYBODY, *targets}
        for fault in self.waiting:
            here = FAULTS[fault.name][0] == place and fault.target in names and command.startswith(fault.only)
            if here and self._now(fault):
                return self._counted(fault.name)
        return self._by_chaos(place)

    def _now(self, fault: Fault) -> bool:
        if fault.skip:
            fault.skip -= 1
            return False
        if fault.chance < 1 and self.chance.random() >= fault.chance:
            return False
        fault.times -= 1
        if not fault.times:
            self.waiting.remove(fault)
        return True

    def _by_chaos(self, place: str) -> str:
        if not self.chaos or self.chance.random() >= self.chaos:
            return ""
        names = [name for name, (where, _) in FAULTS.items() if where == place and name in (self.chaos_names or FAULTS)]
        return self._counted(self.chance.choice(names)) if names else ""

    def _counted(self, name: str) -> str:
        self.struck[name] = self.struck.get(name, 0) + 1
        return name

    def as_values(self) -> list[dict[str, Any]]:
        """What waits, as plain values."""
        return [asdict(fault) for fault in self.waiting]
