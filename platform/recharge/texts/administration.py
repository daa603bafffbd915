"""Why an administrator's change was not made, in the words of the house; by the code of the error."""

from collections.abc import Mapping

from recharge.texts.catalogue import lazy_gettext as _

OBJECTS: Mapping[str, str] = {
    "party": _("代理"),
    "person": _("人员"),
    "endpoint": _("终端"),
    "tier": _("级别"),
    "carrier": _("运营商"),
    "product": _("产品"),
    "price": _("价格"),
    "number": _("号码"),
    "link": _("充值通道"),
    "bank": _("银行账户"),
    "route": _("路由"),
    "chip": _("空充卡"),
    "secret": _("密钥"),
    "reply_rule": _("回复规则"),
    "reply_miss": _("待读回复"),
}

TEXTS: Mapping[str, str] = {
    "not_allowed": _("您的权限不含此项操作。"),
    "unknown_object": _("没有找到{object} {name}。"),
    "taken": _("{object} {name} 已经存在。"),
    "bad_value": _("{field} 的值不能用：{value}"),
    "bad_parent": _("{name} 不能挂在这个上级之下。"),
    "too_deep": _("代理层级过深：{name}"),
    "wrong_party": _("人员 {name} 不属于此代理。"),
    "staff_only": _("岗位 {role} 只能设在平台本部。"),
    "price_in_the_past": _("价格只能从现在或以后生效。"),
    "weak_password": _("此服务密码容易被猜到，请另设6位数字。"),
    "weak_login": _("登录密码须有10至128个字符，且不能与用户名相同。"),
    "bad_ranges": _("号段表有误，未导入任何一行：{lines}"),
    "evidence_used": _("凭据 {name} 已经入账，不再重复入账。"),
    "bad_rule": _("回复规则 {name} 不能用：{reason}"),
}
