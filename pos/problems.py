"""Why the back office's commands could not be carried out, in words for staff."""

from pos.texts import lazy_gettext as _
from recharge import Worded


class Problem(Worded):
    """What stands in the way."""

    UNKNOWN_TERMINAL = "unknown_terminal", _("没有这台终端：{terminal}")
    THERE_ALREADY = "there_already", _("终端 {terminal} 已登记，资料不同。")
    BAD_VALUE = "bad_value", _("{what} 不合规定：{value}")
    NO_BINDING = "no_binding", _("不能绑定到网点：{why}")
    WRONG_CHECK = "wrong_check", _("校验值不符，请核对密钥分量。")
    SAME_PERSON = "same_person", _("各分量须由不同的人录入。")
    NOT_STAFF = "not_staff", _("登录未通过，或不是有权管理密钥的员工。")
    NO_KEY = "no_key", _("没有密钥 {name}。")
    BAD_BLOCK = "bad_block", _("密钥块不能用：{why}")
    UNKNOWN_DIFFERENCE = "unknown_difference", _("没有待处理的差异 {number}。")


class OfficeError(Exception):
    """A command that was not carried out."""

    def __init__(self, problem: Problem, **facts: str) -> None:
        super().__init__(f"{problem.value} {facts}")
        self.problem, self.facts = problem, facts
