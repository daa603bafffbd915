"""The text of every refusal: what stands in the way and what to do next, never whose fault it is."""

from recharge.domain.errors import Refusal, RefusalCode
from recharge.texts.catalogue import fitting, say
from recharge.texts.catalogue import lazy_gettext as _

# Wordings from the most telling to the plainest; the first whose facts the refusal carries is said.
REFUSALS: dict[RefusalCode, tuple[str, ...]] = {
    RefusalCode.UNKNOWN_ENDPOINT: (_("此号码或终端尚未登记，请联系客户经理办理登记。"),),
    RefusalCode.BLOCKED: (_("账户或终端已停用，请联系客服。"),),
    RefusalCode.NOT_ALLOWED: (_("您的权限不含此项业务，如需办理请联系客户经理。"),),
    RefusalCode.WRONG_PASSWORD: (_("密码未通过，还可再试{left}次，请重新输入。"), _("密码未通过，请重新输入。")),
    RefusalCode.PASSWORD_NEEDED: (_("此项业务需要服务密码，请输入后再提交。"),),
    RefusalCode.PASSWORD_LOCKED: (
        _("为保护账户，密码已暂停使用，请{minutes}分钟后再试。"),
        _("为保护账户，密码已锁定，请联系客服重置。"),
    ),
    RefusalCode.PASSWORD_MUST_CHANGE: (_("现为临时密码，请先修改密码再办理业务。"),),
    RefusalCode.WEAK_PASSWORD: (_("此密码容易被猜到，请另设6位数字，不用连号、重复数字或生日。"),),
    RefusalCode.OTHER_BODY: (_("此流水号已用于另一笔业务，本次未受理，请重新发起。"),),
    RefusalCode.VOIDED: (_("此笔业务已撤销，未受理。如仍需办理，请重新发起。"),),
    RefusalCode.BAD_NUMBER: (_("未能识别号码{number}，请核对后重新输入。"), _("未能识别号码，请核对后重新输入。")),
    RefusalCode.UNKNOWN_RANGE: (_("号码{number}所在号段暂不能充值，请核对号码。"), _("此号码所在号段暂不能充值，请核对号码。")),
    RefusalCode.BAD_AMOUNT: (
        _("不办理{amount_minor}，请换一个金额。"),
        _("此金额不能办理，请换一个金额。"),
    ),
    RefusalCode.UNKNOWN_PRODUCT: (_("没有产品{code}，请核对产品代码。"), _("没有此产品，请核对产品代码。")),
    RefusalCode.NO_PRICE: (_("此产品尚未设定您的价格，请联系客户经理。"),),
    RefusalCode.INSUFFICIENT_BALANCE: (
        _("余额{balance_minor}，本笔需{price_minor}，请充足预存后再办。"),
        _("余额{balance_minor}，不足以办理本笔，请充足预存后再办。"),
        _("余额不足，请充足预存后再办。"),
    ),
    RefusalCode.OVER_ORDER_LIMIT: (_("单笔最高{limit_minor}，请减小金额。"), _("金额超过单笔上限，请减小金额。")),
    RefusalCode.OVER_DAY_LIMIT: (_("本日限额已不够本笔，请明日再办或联系客户经理。"),),
    RefusalCode.OVER_MONTH_LIMIT: (_("本月限额已不够本笔，请联系客户经理。"),),
    RefusalCode.OVER_TIER_LIMIT: (_("您所在级别的限额已不够本笔，请联系客户经理。"),),
    RefusalCode.OVER_PLATFORM_LIMIT: (_("平台限额已不够本笔，请稍后再试或联系客服。"),),
    RefusalCode.REPEATED_ORDER: (
        _("刚办过{number} {amount_minor}（单号{order_number}）。确需再办，请加重复标记{repeat_mark}。"),
        _("刚有同号码、同金额的业务。确需再办，请加重复标记提交。"),
    ),
    RefusalCode.OUTSIDE_HOURS: (_("受理时间为{opens}至{closes}，请到时办理。"), _("现在不在受理时间内，请稍后办理。")),
    RefusalCode.UNKNOWN_ORDER: (_("没有找到单号{order_number}，请核对后再查。"), _("没有找到此笔业务，请核对后再查。")),
    RefusalCode.NOT_REVERSIBLE: (_("此笔业务不能返销，如有疑问请联系客服。"),),
    RefusalCode.REVERSAL_TOO_LATE: (_("已过返销时限，请联系客服。"),),
    RefusalCode.OVER_REVERSAL_LIMIT: (_("返销已达上限{limit}次，请联系客服。"), _("返销已达上限，请联系客服。")),
    RefusalCode.UNKNOWN_PARTY: (_("没有找到代理{party}，请核对编号。"), _("没有找到此代理，请核对编号。")),
    RefusalCode.TRANSFER_NOT_ALLOWED: (_("不能与此账户转账，请核对对方编号或联系客户经理。"),),
    RefusalCode.EVIDENCE_USED: (_("此凭据已入账（单号{order_number}），不再重复入账。"), _("此凭据已入账，不再重复入账。")),
    RefusalCode.UNKNOWN_CASE: (_("没有找到此事项，请核对编号。"),),
    RefusalCode.SAME_PERSON: (_("须由另一人复核，请交给其他有权人员。"),),
    RefusalCode.CASE_CLOSED: (_("此事项已办结，无需再办。"),),
    RefusalCode.BAD_REQUEST: (_("请求不完整，未受理，请核对后重新提交。"),),
    RefusalCode.BUSY: (_("系统繁忙，请稍后原样重发本笔，不会重复扣款。"),),
}


def explain(refusal: Refusal, language: str | None, minor_digits: int = 2) -> str:
    """The text of a refusal, with its facts; amounts with the currency's decimals. Never raises, whatever facts are missing."""
    texts = REFUSALS[refusal.code]
    if refusal.code is RefusalCode.WRONG_PASSWORD and refusal.facts.get("left") == 0:
        # The last wrong try is the one that locks: there is nothing left to try.
        texts = REFUSALS[RefusalCode.PASSWORD_LOCKED]
    return say(fitting(texts, refusal.facts), language, refusal.facts, minor_digits)
