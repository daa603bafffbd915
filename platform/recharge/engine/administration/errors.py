"""Why an administrator's change was not made: a code that never changes, facts, and a text in the administrator's language."""

from collections.abc import Mapping
from enum import StrEnum

from recharge.texts.catalogue import lazy_gettext as _
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


_OBJECTS: Mapping[str, str] = {
    "party": _("代理"),
    "person": _("人员"),
    "endpoint": _("终端"),
    "tier": _("级别"),
    "carrier": _("运营商"),
    "product": _("产品"),
    "price": _("价格"),
    "number": _("号码"),
    "link": _("充值通道"),
    "route": _("路由"),
    "secret": _("密钥"),
}

_TEXTS: Mapping[AdministrationCode, str] = {
    AdministrationCode.NOT_ALLOWED: _("您的权限不含此项操作。"),
    AdministrationCode.UNKNOWN_OBJECT: _("没有找到{object} {name}。"),
    AdministrationCode.TAKEN: _("{object} {name} 已经存在。"),
    AdministrationCode.BAD_VALUE: _("{field} 的值不能用：{value}"),
    AdministrationCode.BAD_PARENT: _("{name} 不能挂在这个上级之下。"),
    AdministrationCode.TOO_DEEP: _("代理层级过深：{name}"),
    AdministrationCode.WRONG_PARTY: _("人员 {name} 不属于此代理。"),
    AdministrationCode.STAFF_ONLY: _("岗位 {role} 只能设在平台本部。"),
    AdministrationCode.PRICE_IN_THE_PAST: _("价格只能从现在或以后生效。"),
    AdministrationCode.WEAK_PASSWORD: _("此服务密码容易被猜到，请另设6位数字。"),
    AdministrationCode.WEAK_LOGIN: _("登录密码须有10至128个字符，且不能与用户名相同。"),
    AdministrationCode.BAD_RANGES: _("号段表有误，未导入任何一行：{lines}"),
    AdministrationCode.EVIDENCE_USED: _("凭据 {name} 已经入账，不再重复入账。"),
}


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
            facts["object"] = say(_OBJECTS[str(facts["object"])], language)
        return say(_TEXTS[self.code], language, facts)

    def __str__(self) -> str:
        return f"{self.code.value} {self.facts}"


def unknown(kind: str, name: str) -> AdministrationError:
    """The error for an object that is not there."""
    return AdministrationError(AdministrationCode.UNKNOWN_OBJECT, object=kind, name=name[:80])


def bad(field: str, value: object) -> AdministrationError:
    """The error for a value that cannot be used. Never for a secret: the value is shown."""
    return AdministrationError(AdministrationCode.BAD_VALUE, field=field, value=str(value)[:80])
