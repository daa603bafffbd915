"""F39: what the engine said, as the code a terminal understands, and the words it prints."""

from enum import StrEnum

from pos.texts import lazy_gettext as _
from pos.texts import say
from recharge import OrderState, OrderView, Refusal, RefusalCode, explain, failure_text


class Code(StrEnum):
    """Response codes (docs/pos.md, "F39")."""

    OK = "00"
    NO_MERCHANT = "03"
    REFUSED = "05"
    USED_UP = "12"
    AMOUNT = "13"
    NUMBER = "14"
    NOT_REVERSIBLE = "22"
    NOT_FOUND = "25"
    FORMAT = "30"
    LOCKED = "38"
    NOT_OFFERED = "40"
    SHORT = "51"
    WRONG_PIN = "55"
    NOT_ALLOWED = "57"
    BLOCKED = "58"
    OVER_ORDER = "61"
    NOT_ORIGINAL = "64"
    OVER_DAY = "65"
    BATCH = "77"
    HOURS = "90"
    CARRIER_DOWN = "91"
    NO_ROUTE = "92"
    DUPLICATE = "94"
    SYSTEM = "96"
    NO_TERMINAL = "97"
    UNDECIDED = "98"
    PIN_BLOCK = "99"
    MAC = "A0"
    IN_HAND = "A6"


SIGN_IN_AGAIN = frozenset({Code.BATCH, Code.NO_TERMINAL, Code.PIN_BLOCK, Code.MAC})
_REFUSALS = {
    RefusalCode.UNKNOWN_ENDPOINT: Code.NO_MERCHANT,
    RefusalCode.BLOCKED: Code.BLOCKED,
    RefusalCode.NOT_ALLOWED: Code.NOT_ALLOWED,
    RefusalCode.WRONG_PASSWORD: Code.WRONG_PIN,
    RefusalCode.PASSWORD_NEEDED: Code.WRONG_PIN,
    RefusalCode.PASSWORD_LOCKED: Code.LOCKED,
    RefusalCode.PASSWORD_MUST_CHANGE: Code.LOCKED,
    RefusalCode.OTHER_BODY: Code.DUPLICATE,
    RefusalCode.VOIDED: Code.USED_UP,
    RefusalCode.BAD_NUMBER: Code.NUMBER,
    RefusalCode.UNKNOWN_RANGE: Code.NUMBER,
    RefusalCode.BAD_AMOUNT: Code.AMOUNT,
    RefusalCode.UNKNOWN_PRODUCT: Code.AMOUNT,
    RefusalCode.NO_PRICE: Code.NOT_ALLOWED,
    RefusalCode.INSUFFICIENT_BALANCE: Code.SHORT,
    RefusalCode.OVER_ORDER_LIMIT: Code.OVER_ORDER,
    RefusalCode.OVER_DAY_LIMIT: Code.OVER_DAY,
    RefusalCode.OVER_MONTH_LIMIT: Code.OVER_DAY,
    RefusalCode.OVER_TIER_LIMIT: Code.OVER_DAY,
    RefusalCode.OVER_PLATFORM_LIMIT: Code.OVER_DAY,
    RefusalCode.REPEATED_ORDER: Code.DUPLICATE,
    RefusalCode.OUTSIDE_HOURS: Code.HOURS,
    RefusalCode.UNKNOWN_ORDER: Code.NOT_FOUND,
    RefusalCode.NOT_REVERSIBLE: Code.NOT_REVERSIBLE,
    RefusalCode.REVERSAL_TOO_LATE: Code.NOT_REVERSIBLE,
    RefusalCode.OVER_REVERSAL_LIMIT: Code.NOT_REVERSIBLE,
    RefusalCode.BAD_REQUEST: Code.FORMAT,
    RefusalCode.BUSY: Code.UNDECIDED,
}
_FAILURES = {
    "number_refused": Code.NUMBER,
    "number_stopped": Code.NUMBER,
    "over_carrier_limit": Code.OVER_ORDER,
    "amount_refused": Code.AMOUNT,
    "no_link": Code.CARRIER_DOWN,
    "no_route": Code.NO_ROUTE,
}
TEXTS: dict[Code, str] = {
    Code.OK: _("交易成功"),
    Code.NO_MERCHANT: _("商户未登记，请联系客户经理"),
    Code.REFUSED: _("运营商未能办理"),
    Code.USED_UP: _("原交易已撤销，未受理"),
    Code.AMOUNT: _("此金额不能办理"),
    Code.NUMBER: _("号码不能办理，请核对"),
    Code.NOT_REVERSIBLE: _("不能撤销，请联系客服"),
    Code.NOT_FOUND: _("没有原交易，未受理"),
    Code.FORMAT: _("报文不完整，未受理"),
    Code.LOCKED: _("密码已锁定或须修改，请联系客服"),
    Code.NOT_OFFERED: _("不办理此项业务"),
    Code.SHORT: _("余额不足"),
    Code.WRONG_PIN: _("密码错误"),
    Code.NOT_ALLOWED: _("此终端不能办理此项业务"),
    Code.BLOCKED: _("终端已停用，请联系客服"),
    Code.OVER_ORDER: _("金额超过上限"),
    Code.NOT_ORIGINAL: _("与原交易不符"),
    Code.OVER_DAY: _("限额已不够本笔"),
    Code.BATCH: _("批次不符，请签到"),
    Code.HOURS: _("现在不受理"),
    Code.CARRIER_DOWN: _("充值通道暂停，未受理，请稍后再办"),
    Code.NO_ROUTE: _("暂不支持此号码的运营商或地区"),
    Code.DUPLICATE: _("重复交易，未再受理"),
    Code.SYSTEM: _("系统繁忙，未受理，请稍后再办"),
    Code.NO_TERMINAL: _("终端未登记或无密钥，请签到"),
    Code.UNDECIDED: _("结果未定，请确认或冲正，勿重办"),
    Code.PIN_BLOCK: _("密码密文有误，请签到"),
    Code.MAC: _("校验有误，请签到"),
    Code.IN_HAND: _("已受理，结果稍后确认，勿重办"),
}


def code_of(refusal: Refusal) -> Code:
    """The code of the engine's refusal."""
    if refusal.code is RefusalCode.WRONG_PASSWORD and refusal.facts.get("left") == 0:
        return Code.LOCKED
    return _REFUSALS.get(refusal.code, Code.REFUSED)


def code_of_sale(order: OrderView, open_code: Code) -> Code:
    """How a recharge stands; `open_code` while it has not ended."""
    if order.state is OrderState.SUCCEEDED:
        return Code.OK
    if order.state is OrderState.FAILED:
        return _FAILURES.get(order.failure, Code.REFUSED)
    if order.state in (OrderState.REVERSED, OrderState.REVERSING):
        return Code.USED_UP
    return open_code


def words(code: Code, language: str | None) -> str:
    """What a terminal prints for a code by itself."""
    return say(TEXTS[code], language)


def words_of_refusal(refusal: Refusal, language: str | None, minor_digits: int) -> str:
    """What a terminal prints for a refusal of the engine. For one without a decision the engine's advice would be wrong here."""
    if refusal.code is RefusalCode.BUSY:
        return words(Code.UNDECIDED, language)
    return explain(refusal, language, minor_digits)


def words_of_sale(order: OrderView, code: Code, language: str | None) -> str:
    """What a terminal prints for an order."""
    return failure_text(order.failure, language) if order.state is OrderState.FAILED else words(code, language)
