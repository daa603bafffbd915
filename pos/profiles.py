"""Terminal profiles: which MAC, whether every answer carries one, and what a terminal does about a lost answer."""

from dataclasses import dataclass
from enum import StrEnum

from pos.crypto.mac import MacAlgorithm


class TimeoutPolicy(StrEnum):
    """What a terminal does when no answer came: asks (0220), or takes back (0400)."""

    CONFIRM = "confirm"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of terminal."""

    name: str
    mac: MacAlgorithm
    every_answer: bool
    policy: TimeoutPolicy


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("own", MacAlgorithm.X9_19, every_answer=True, policy=TimeoutPolicy.CONFIRM),
        Profile("cup", MacAlgorithm.UNIONPAY, every_answer=False, policy=TimeoutPolicy.REVERSAL),
        Profile("x99", MacAlgorithm.X9_9, every_answer=False, policy=TimeoutPolicy.REVERSAL),
    )
}
