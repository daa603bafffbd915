"""What people type, as the pages take it in: read from the form by name, length and kind, and nothing else of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext

from recharge import Recharge, Refusal, RefusalCode
from web import i18n
from web.errors import PageTooOld
from web.security import form_token, good_token

LONGEST_NUMBER = 32
LONGEST_AMOUNT = 16
LONGEST_PASSWORD = 12
LONGEST_NAME = 64
LONGEST_SECRET = 200
LONGEST_COMPLAINT = 500
MOST_REPEATS = 9999
OTHER_AMOUNT = "other"

Fields = Mapping[str, str]
NUMBER, AMOUNT, PASSWORD, NEW_PASSWORD, AGAIN, FORM = "number", "amount", "password", "new_password", "again", "form"

# Beside which field a refusal is written; all others stand above the form.
FIELD_OF = {
    RefusalCode.BAD_NUMBER: NUMBER,
    RefusalCode.UNKNOWN_RANGE: NUMBER,
    RefusalCode.BAD_AMOUNT: AMOUNT,
    RefusalCode.UNKNOWN_PRODUCT: AMOUNT,
    RefusalCode.OVER_ORDER_LIMIT: AMOUNT,
    RefusalCode.INSUFFICIENT_BALANCE: AMOUNT,
    RefusalCode.WRONG_PASSWORD: PASSWORD,
    RefusalCode.PASSWORD_NEEDED: PASSWORD,
    RefusalCode.PASSWORD_LOCKED: PASSWORD,
    RefusalCode.WEAK_PASSWORD: NEW_PASSWORD,
}


@dataclass(slots=True)
class Problems:
    """What is wrong with a form: texts by field, and the refusal behind them where the engine gave one."""

    by_field: dict[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None

    def __bool__(self) -> bool:
        return bool(self.by_field)

    def at(self, name: str) -> str:
        """The text beside a field, or ""."""
        return self.by_field.get(name, "")

    @property
    def code(self) -> str:
        """The refusal's code, or ""."""
        return "" if self.refusal is None else self.refusal.code.value

    def missing(self, name: str, text: str) -> None:
        """Note a problem that the page itself sees."""
        self.by_field.setdefault(name, text)


def problems_of(refusal: Refusal, fields: tuple[str, ...] = ()) -> Problems:
    """A refusal's text beside the field it belongs to, or above the form where the form does not show that field."""
    name = FIELD_OF.get(refusal.code, FORM)
    return Problems({name if name in fields else FORM: i18n.explained(refusal)}, refusal)


@dataclass(frozen=True, slots=True)
class RechargeForm:
    """A recharge as it was typed. `token` is the reference of the order to be."""

    number: str = ""
    amount: str = ""
    other_amount: str = ""
    token: str = field(default_factory=form_token)
    repeat_mark: int = 0

    @classmethod
    def read(cls, fields: Fields) -> "RechargeForm":
        """From a sent form. Raises PageTooOld where the parts no person types are not what was shown."""
        return cls(
            number=text_of(fields, "number", LONGEST_NUMBER),
            amount=text_of(fields, "amount", LONGEST_AMOUNT),
            other_amount=text_of(fields, "other_amount", LONGEST_AMOUNT),
            token=good_token(fields.get("token", "")),
            repeat_mark=whole(fields.get("repeat_mark", "0"), MOST_REPEATS),
        )

    @property
    def typed_amount(self) -> str:
        """The button chosen, or what was typed for any other amount."""
        return self.other_amount if self.amount in {"", OTHER_AMOUNT} else self.amount

    def amount_minor(self) -> int:
        """Raises Refusal(BAD_AMOUNT)."""
        try:
            amount_minor = i18n.typed_amount(self.typed_amount)
        except ValueError as error:
            raise Refusal(RefusalCode.BAD_AMOUNT) from error
        if amount_minor <= 0:
            raise Refusal(RefusalCode.BAD_AMOUNT)
        return amount_minor

    def operation(self, national_number: str) -> Recharge:
        """What the engine is to do. Raises Refusal(BAD_AMOUNT)."""
        return Recharge(national_number, self.amount_minor(), repeat_mark=self.repeat_mark)


@dataclass(frozen=True, slots=True)
class PasswordForm:
    """A change of the service password. No field of it is ever shown again."""

    old: str
    new: str
    again: str
    token: str

    @classmethod
    def read(cls, fields: Fields) -> "PasswordForm":
        """From a sent form. Raises PageTooOld."""
        old, new, again = (text_of(fields, name, LONGEST_PASSWORD) for name in (PASSWORD, NEW_PASSWORD, AGAIN))
        return cls(old, new, again, good_token(fields.get("token", "")))

    def problems(self) -> Problems:
        """What the page sees by itself."""
        found = Problems()
        if not self.old:
            found.missing(PASSWORD, gettext("请输入现在的服务密码。"))
        if not self.new:
            found.missing(NEW_PASSWORD, gettext("请输入新的服务密码。"))
        elif self.new != self.again:
            found.missing(AGAIN, gettext("两次输入的新密码不一样。"))
        return found


def text_of(fields: Fields, name: str, longest: int) -> str:
    """One line of text. Raises PageTooOld for what no form of ours lets anybody type."""
    text = fields.get(name, "").strip()
    if len(text) > longest or any(character < " " for character in text):
        raise PageTooOld
    return text


def long_text_of(fields: Fields, name: str, longest: int) -> str:
    """Text of several lines, without other control characters, cut where it is too long."""
    kept = "".join(character for character in fields.get(name, "") if character >= " " or character == "\n")
    return kept.strip()[:longest]


def whole(text: str, most: int) -> int:
    """A small whole number from a hidden field. Raises PageTooOld."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= most):
        raise PageTooOld
    return int(text)
