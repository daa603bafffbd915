"""The result codes of docs/carrier-protocol.md section 6, with the HTTP status they travel under and their text."""

from typing import Final

DONE: Final = "0000"
DONE_IN_PART: Final = "0001"
TAKEN_BACK: Final = "0002"
IN_PROCESS: Final = "1000"
BAD_SIGNATURE: Final = "2001"
BAD_TIMESTAMP: Final = "2002"
REPEATED_NONCE: Final = "2003"
UNKNOWN_PARTNER: Final = "2004"
PARTNER_LOCKED: Final = "2005"
WRONG_PIN: Final = "2006"
RATE_LIMITED: Final = "2010"
CLOSED: Final = "2011"
STOCK_OUT: Final = "2012"
MALFORMED: Final = "2014"
NUMBER_ABSENT: Final = "3001"
NUMBER_BARRED: Final = "3002"
OVER_LIMIT: Final = "3003"
AMOUNT_NOT_ALLOWED: Final = "3004"
WRONG_KIND: Final = "3005"
CHARGING_REFUSED: Final = "3009"
NOT_FOUND: Final = "4004"
CONFLICT: Final = "4009"
NOT_SURE: Final = "5000"
ORIGINAL_UNKNOWN: Final = "6001"
ORIGINAL_NOT_DONE: Final = "6002"
OTHER_DAY: Final = "6003"
ALREADY_TAKEN_BACK: Final = "6004"
AMOUNT_USED: Final = "6005"
STATEMENT_NOT_READY: Final = "7001"
NO_STATEMENT: Final = "7002"

BEFORE_THE_PARTNER_IS_KNOWN: Final = frozenset(
    {BAD_SIGNATURE, BAD_TIMESTAMP, REPEATED_NONCE, UNKNOWN_PARTNER, PARTNER_LOCKED, WRONG_PIN, MALFORMED}
)
CREDITED: Final = frozenset({DONE, DONE_IN_PART})

_STATUS: Final = {
    BAD_SIGNATURE: 401,
    BAD_TIMESTAMP: 401,
    REPEATED_NONCE: 401,
    UNKNOWN_PARTNER: 401,
    PARTNER_LOCKED: 403,
    WRONG_PIN: 403,
    RATE_LIMITED: 429,
    CLOSED: 503,
    MALFORMED: 400,
}

_DONE_TEXT: Final = {"R": "充值成功", "B": "缴费成功", "V": "返销成功"}
_TEXT: Final = {
    DONE_IN_PART: "部分成功",
    TAKEN_BACK: "已返销",
    IN_PROCESS: "已受理，处理中",
    BAD_SIGNATURE: "签名错误",
    BAD_TIMESTAMP: "时间戳超出允许范围",
    REPEATED_NONCE: "随机串重复",
    UNKNOWN_PARTNER: "合作方不存在",
    PARTNER_LOCKED: "合作方已锁定",
    WRONG_PIN: "合作方密钥或密码错误",
    RATE_LIMITED: "请求过于频繁",
    CLOSED: "系统维护中",
    STOCK_OUT: "库存余额不足",
    MALFORMED: "报文格式错误",
    NUMBER_ABSENT: "号码不存在",
    NUMBER_BARRED: "号码已停机",
    OVER_LIMIT: "号码充值超限",
    AMOUNT_NOT_ALLOWED: "金额不允许",
    WRONG_KIND: "号码类型不符",
    CHARGING_REFUSED: "计费系统拒绝",
    NOT_FOUND: "流水号不存在",
    CONFLICT: "流水号已用于其他内容",
    NOT_SURE: "结果不明，请查询",
    ORIGINAL_UNKNOWN: "原交易不存在",
    ORIGINAL_NOT_DONE: "原交易未成功或内容不符",
    OTHER_DAY: "非当日交易不可返销",
    ALREADY_TAKEN_BACK: "原交易已返销",
    AMOUNT_USED: "用户余额不足，不可返销",
    STATEMENT_NOT_READY: "对账文件尚未生成",
    NO_STATEMENT: "无此对账文件",
}


def status_of(code: str) -> int:
    """The HTTP status a result code travels under (section 6); 200 where the table names none."""
    return _STATUS.get(code, 200)


def text_of(code: str, kind: str = "R") -> str:
    """The text for people that goes with a result code, for a kind of order; a code outside the table gets a text that admits it."""
    if code == DONE:
        return _DONE_TEXT[kind]
    return _TEXT.get(code, "未知结果")
