"""Why an administrator's change was not made: a code that never changes, facts, and a text in the administrator's language."""

from enum import StrEnum

from recharge.texts.administration import OBJECTS, TEXTS
from recharge.texts.catalogue import say


class AdministrationCode(StrEnum):
    """What can stand in the way of a change."""

    NOT_ALLOWED = "not_allowed"
    UNKNOWN_OBJECT = "unknown_object"
    TAKEN = "taken"
    BAD_VALUE = "bad_value"
    BAD_PARENT = "bad_parent"
    TOO_DEEP = "too_deep"
    WRONG_PARTY = "wrong_party"
    STAFF_ONLY = "staff_only"
    PRICE_IN_THE_PAST = "price_in_the_past"
    WEAK_PASSWORD = "weak_password"  # noqa: S105  a code
    WEAK_LOGIN = "weak_login"
    BAD_RANGES = "bad_ranges"
    EVIDENCE_USED = "evidence_used"
    BAD_RULE = "bad_rule"


class AdministrationError(Exception):
    """One refused change: its code and the facts of its text. Nothing was changed."""

    def __init__(self, code: AdministrationCode, **facts: str | int) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def text(self, language: str) -> str:
        """The sentence for a person."""
        facts = dict(self.facts)
        if "object" in facts:
            facts["object"] = say(OBJECTS[str(facts["object"])], language)
        return say(TEXTS[self.code.value], language, facts)

    def __str__(self) -> str:
        return f"{self.code.value} {self.facts}"


def unknown(kind: str, name: str) -> AdministrationError:
    """The error for an object that is not there."""
    return AdministrationError(AdministrationCode.UNKNOWN_OBJECT, object=kind, name=name[:80])


def bad(field: str, value: object) -> AdministrationError:
    """The error for a value that cannot be used. Never for a secret: the value is shown."""
    return AdministrationError(AdministrationCode.BAD_VALUE, field=field, value=str(value)[:80])
