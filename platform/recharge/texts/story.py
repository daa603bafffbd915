"""The words of an order's story: what each step of its life is called, for the people who look into it."""

from recharge.domain.outcomes import AnswerSource, AttemptAction, OutcomeState
from recharge.domain.routing import Reason
from recharge.texts.catalogue import lazy_gettext as _

# Sections and the heading's lines.
TITLE = _("订单{order_number}：{kind}，{state}")
SECTION_STEPS = _("经过")
SECTION_ENTRIES = _("账务")
TOTAL_TIME = _("共用时{seconds}秒")
HEADINGS: dict[str, str] = {
    "party": _("代理"),
    "endpoint": _("入口"),
    "other_party": _("对方"),
    "number": _("客户号码"),
    "carrier": _("运营商"),
    "product": _("产品"),
    "face_minor": _("面值"),
    "price_minor": _("售价"),
    "share": _("佣金"),
    "limit": _("现行限额"),
    "delivered_minor": _("到账"),
    "cost_minor": _("成本"),
    "link": _("成功通道"),
    "serial_number": _("凭证号"),
    "failure": _("失败原因"),
    "business_date": _("营业日"),
    "due_at": _("下次处理"),
}
PERSON_AT_ENDPOINT = _("{endpoint} {identity}（{person}）")
SHARE = _("{party} {amount_minor}")

SCOPES: dict[str, str] = {"platform": _("平台"), "tier": _("级别"), "party": _("代理")}
LIMITS: dict[str, str] = {
    "order_most_minor": _("单笔{order_most_minor}"),
    "day_count": _("每日{day_count}笔"),
    "day_minor": _("每日{day_minor}"),
    "month_count": _("每月{month_count}笔"),
    "month_minor": _("每月{month_minor}"),
}

# Steps. Wordings of one step go from the most telling to the plainest.
ASKED = _("{party}经{channel}提出{kind}，流水号{reference}")
ASKED_ABOUT = _("同一订单的又一请求，入口{identity}，流水号{reference}")
HELD = _("受理并冻结{price_minor}")
BOOKED = _("受理并入账{face_minor}")
ATTEMPTS: dict[str, str] = {
    AttemptAction.SUBMIT: _("第{ordinal}次发送：通道{link}，预计成本{cost_minor}，我方单号{attempt}"),
    AttemptAction.REVERSE: _("第{ordinal}次返销：通道{link}，我方单号{attempt}"),
}
ANSWERED = (
    _("{link}，{source}：{outcome}，代码{code}，{text}"),
    _("{link}，{source}：{outcome}，代码{code}"),
    _("{link}，{source}：{outcome}，{text}"),
    _("{link}，{source}：{outcome}"),
    _("有答复"),
)
RULE_MADE = (_("按规则{rule}解读，该规则由{person}于{time}制定"), _("按规则{rule}解读，该规则于{time}在命令行制定"))
ENDED = _("办结：{state}")
COMPLAINED = _("投诉：{text}")
PROPOSED = _("{maker}提出{case_kind}，事项{case}，结果{verdict}：{reason}")
DECIDED = _("{checker}{decision}，事项{case}")
TOLD = _("通知{recipient}，{channel}，{standing}")
AT_TIME = _("{standing}，{time}")

EVENTS: dict[str, tuple[str, ...]] = {
    "no_route": (_("没有可用的通道"),),
    "link_away": (_("通道{link}未在运行，稍后再看"), _("通道未在运行，稍后再看")),
    "quarantine": (_("答复与本单不符，不予采信：{source}，{outcome}，代码{code}"), _("答复与本单不符，不予采信")),
    "dispute": (_("答复与已定结果矛盾，须人工核查：{source}，{outcome}，代码{code}"), _("答复与已定结果矛盾，须人工核查")),
    "reversal_asked": (_("经{channel}提出返销"), _("提出返销")),
    "adjudicated": (_("两人裁定：{maker}提出，{checker}复核，事项{case}"), _("两人裁定")),
}
ANY_EVENT = _("事件{event}")

REASONS: dict[str, str] = {
    Reason.TAKEN: _("选用"),
    Reason.NEXT: _("备选"),
    Reason.NO_ROUTE: _("不承接此号码或业务"),
    Reason.CLOSED: _("不在受理时间"),
    Reason.PAUSED: _("已暂停"),
    Reason.NOT_RUNNING: _("未在运行"),
    Reason.BREAKER_OPEN: _("故障较多，暂不使用"),
    Reason.ON_TRIAL: _("正在试探恢复"),
    Reason.NO_STOCK: _("库存不足"),
    Reason.BUSY: _("在途已满"),
    Reason.JUST_TRIED: _("刚试过"),
    Reason.RESTING: _("两单之间的间歇"),
    Reason.OVER_PACE: _("已到每小时或每天的上限"),
    Reason.NUMBER_OPEN: _("同一号码还有一单未明"),
    Reason.HELD_BACK: _("停用待查"),
}
CANDIDATE = (
    _("{link}：{reason}，成本{cost_minor}，优先级{priority}，成功率{success_percent}%"),
    _("{link}：{reason}"),
)

SOURCES: dict[str, str] = {
    AnswerSource.SUBMIT: _("当场答复"),
    AnswerSource.QUERY: _("查询"),
    AnswerSource.CALLBACK: _("回调"),
    AnswerSource.STATEMENT: _("对账单"),
    AnswerSource.RECOVERY: _("重启后接手"),
    AnswerSource.ADJUDICATION: _("人工裁定"),
}
OUTCOMES: dict[str, str] = {
    OutcomeState.NOT_SENT: _("未发出"),
    OutcomeState.ACCEPTED: _("已收下，办理中"),
    OutcomeState.SUCCESS: _("办理成功"),
    OutcomeState.FAILED: _("办理失败"),
    OutcomeState.UNKNOWN: _("结果不明"),
    OutcomeState.REVERSED: _("已撤回"),
    OutcomeState.NOT_FOUND: _("查无此单"),
}

CASES: dict[str, str] = {"deposit": _("手工预存"), "adjustment": _("手工调账"), "booking": _("日结记账"), "adjudication": _("裁定")}
DECISIONS: dict[str, str] = {"approved": _("复核通过"), "rejected": _("驳回")}
VERDICTS: dict[bool, str] = {True: _("应为成功"), False: _("应为失败")}
RECIPIENTS: dict[str, str] = {"agent": _("代理网点"), "customer": _("客户")}
STANDINGS: dict[str, str] = {"waiting": _("待发"), "sent": _("已发出"), "delivered": _("已送达"), "failed": _("未能送达")}

ENTRIES: dict[str, str] = {
    "hold": _("冻结"),
    "settle": _("结算"),
    "release": _("退回"),
    "reversal": _("返销"),
    "transfer_reversal": _("收回转账"),
    "deposit": _("预存入账"),
    "transfer": _("转账入账"),
    "commission_move": _("佣金转入"),
    "adjustment": _("调账入账"),
    "stock_purchase": _("进货入账"),
    "booking": _("日结记账入账"),
}
ACCOUNTS: dict[str, str] = {
    "deposit": _("{owner}的预存"),
    "commission": _("{owner}的佣金"),
    "stock": _("{owner}的库存"),
    "hold": _("在途冻结"),
    "revenue": _("平台收入"),
    "bank": _("银行"),
    "bank_account": _("银行账户{owner}"),
    "adjustment": _("调账"),
}
