"""What is said about orders and refusals, as prompts in the caller's language."""

from dataclasses import dataclass

from ivr import reading
from ivr.prompts import language_of, table
from recharge import OrderKind, OrderState, OrderView, Refusal, RefusalCode

Prompts = list[str]
_TAIL_DIGITS = 6
_LIMITS = (RefusalCode.OVER_DAY_LIMIT, RefusalCode.OVER_MONTH_LIMIT, RefusalCode.OVER_TIER_LIMIT, RefusalCode.OVER_PLATFORM_LIMIT)


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks one of the prompts' languages about one currency."""

    language: str = "zh"
    currency: str = "CNY"
    minor_digits: int = 2

    @classmethod
    def of(cls, code: str, currency: str, minor_digits: int) -> "Voice":
        """For one of the engine's languages (zh_CN)."""
        return cls(language_of(code), currency, minor_digits)

    def digits(self, text: str) -> Prompts:
        """A number, digit by digit."""
        return reading.digits(text, self.language)

    def money(self, amount_minor: int) -> Prompts:
        """An amount."""
        return reading.money(amount_minor, self.currency, self.minor_digits, self.language)

    def count(self, value: int) -> Prompts:
        """A count."""
        return reading.number(value, self.language)

    def order(self, view: OrderView) -> Prompts:
        """An order as it stands: what, for whom, how much, how it stands, and the carrier's proof."""
        number = self.digits(view.number)
        state = ["state/reversed"] if view.state is OrderState.REVERSED else [f"state/{view.state.value}"]
        why = self.failure(view.failure) if view.state is OrderState.FAILED else []
        return [f"kind/{view.kind.value}", *number, *self.money(view.face_minor), *state, *why, *self.serial(view)]

    def ended(self, view: OrderView) -> Prompts:
        """How a recharge or bill payment has ended."""
        if view.state is OrderState.FAILED:
            return ["result/failed", *self.failure(view.failure)]
        if view.delivered_minor is not None and view.delivered_minor < view.face_minor:
            return ["result/partial", *self.money(view.delivered_minor), *self.serial(view)]
        return ["result/succeeded", *self.serial(view)]

    def serial(self, view: OrderView) -> Prompts:
        """The last digits of the carrier's serial number, where there is one."""
        digits = [character for character in view.serial_number if character.isascii() and character.isdigit()]
        return ["result/serial", *self.digits("".join(digits[-_TAIL_DIGITS:]))] if digits else []

    def balance(self, amount_minor: int | None) -> Prompts:
        """What is left in the deposit."""
        return [] if amount_minor is None else ["result/balance", *self.money(amount_minor)]

    def failure(self, reason: str) -> Prompts:
        """Why a carrier did not do it."""
        name = f"failure/{reason}"
        return [name] if name in table() else ["failure/rejected"] if reason else []

    def refusal(self, refusal: Refusal) -> Prompts:
        """Why the engine did not do it, with the numbers that matter."""
        code, facts = refusal.code, refusal.facts
        if code is RefusalCode.WRONG_PASSWORD:
            return self._wrong_password(facts.get("left"))
        if code is RefusalCode.PASSWORD_LOCKED and isinstance(facts.get("minutes"), int):
            return ["refusal/password_paused", *self.count(int(facts["minutes"])), "minutes"]
        if code is RefusalCode.INSUFFICIENT_BALANCE and isinstance(facts.get("balance_minor"), int):
            return ["refusal/insufficient_balance", *self.money(int(facts["balance_minor"]))]
        if code in _LIMITS:
            return ["refusal/over_limit"]
        name = f"refusal/{code.value}"
        return [name if name in table() else "refusal/other"]

    def _wrong_password(self, left: str | int | None) -> Prompts:
        if left == 0:
            # The last wrong try is the one that locks.
            return ["refusal/password_locked"]
        return ["refusal/wrong_password", *(["times-left", *self.count(left)] if isinstance(left, int) else [])]


def read_back(kind: OrderKind) -> str:
    """The words before a number that is read back."""
    return f"read-back/{kind.value}"
