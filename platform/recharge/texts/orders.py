"""Names of what an order is, how it stands, why it failed, and which way it came."""

from recharge.domain.orders import OrderKind, OrderState
from recharge.domain.outcomes import FailureReason
from recharge.domain.requests import Channel, EndpointKind
from recharge.texts.catalogue import lazy_gettext as _
from recharge.texts.catalogue import say

STATES: dict[OrderState, str] = {
    OrderState.HELD: _("已受理"),
    OrderState.SENDING: _("办理中"),
    OrderState.UNKNOWN: _("结果确认中"),
    OrderState.SUCCEEDED: _("成功"),
    OrderState.FAILED: _("失败，款已退回"),
    OrderState.REVERSING: _("返销中"),
    OrderState.REVERSED: _("已返销"),
}

KINDS: dict[OrderKind, str] = {
    OrderKind.RECHARGE: _("充值"),
    OrderKind.BILL_PAYMENT: _("缴费"),
    OrderKind.DEPOSIT: _("预存"),
    OrderKind.TRANSFER: _("转账"),
    OrderKind.COMMISSION_MOVE: _("佣金转预存"),
    OrderKind.ADJUSTMENT: _("调账"),
    OrderKind.STOCK_PURCHASE: _("进货"),
    OrderKind.BOOKING: _("日结记账"),
}

CHANNELS: dict[Channel, str] = {
    Channel.WEB: _("网页"),
    Channel.STK: _("STK菜单"),
    Channel.SMS: _("短信"),
    Channel.USSD: _("USSD"),
    Channel.IVR: _("语音"),
    Channel.POS: _("POS机"),
    Channel.MESSENGER: _("即时消息"),
    Channel.PARTNER: _("合作方接口"),
    Channel.CONSOLE: _("后台"),
    Channel.SETTLEMENT: _("日结"),
}

ENDPOINTS: dict[EndpointKind, str] = {
    EndpointKind.STK_SIM: _("STK卡"),
    EndpointKind.PHONE_LINE: _("电话"),
    EndpointKind.POS_TERMINAL: _("POS终端"),
    EndpointKind.WEB_LOGIN: _("网页登录"),
    EndpointKind.PARTNER_KEY: _("合作方密钥"),
    EndpointKind.CONSOLE: _("后台"),
}

# Every failure that is not worth its own advice, and a reason that a newer process wrote.
ANY_FAILURE = _("运营商未能办理")

FAILURES: dict[str, str] = {
    FailureReason.NUMBER_REFUSED: _("号码不属于此运营商，请核对号码"),
    FailureReason.NUMBER_STOPPED: _("号码已停用，请客户联系运营商"),
    FailureReason.OVER_CARRIER_LIMIT: _("号码的充值额度已用完，请改日再办"),
    FailureReason.AMOUNT_REFUSED: _("运营商不受理此金额，请换一个金额"),
    FailureReason.WRONG_KIND: _("号码类型与业务不符，请换一种业务"),
    FailureReason.REJECTED: ANY_FAILURE,
    FailureReason.NO_LINK: _("暂时没有可用的充值通道，请稍后再办"),
    FailureReason.NO_ROUTE: _("暂不支持此号码的运营商或地区"),
    FailureReason.NOT_RECEIVED: _("运营商确认未收到本笔，请重新办理"),
    FailureReason.ADJUDICATED: _("经人工核实未成功"),
}


def state_text(state: OrderState, language: str | None) -> str:
    """How an order stands."""
    return say(STATES[state], language)


def kind_text(kind: OrderKind, language: str | None) -> str:
    """What an order does."""
    return say(KINDS[kind], language)


def channel_text(channel: Channel, language: str | None) -> str:
    """A way in."""
    return say(CHANNELS[channel], language)


def endpoint_text(kind: EndpointKind, language: str | None) -> str:
    """The thing in the agent's hand."""
    return say(ENDPOINTS[kind], language)


def failure_text(failure: str, language: str | None) -> str:
    """Why an order failed and what to do; "" for an order that did not fail."""
    return say(FAILURES.get(failure, ANY_FAILURE), language) if failure else ""
