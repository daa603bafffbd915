"""Why the back office's commands could not be carried out, in words for staff."""

from enum import StrEnum

from pos.texts import lazy_gettext as _


class Problem(StrEnum):
    """What stands in the way."""

    UNKNOWN_TERMINAL = "unknown_terminal"
    THERE_ALREADY = "there_already"
    BAD_VALUE = "bad_value"
    NO_BINDING = "no_binding"
    WRONG_CHECK = "wrong_check"
    SAME_PERSON = "same_person"
    NOT_STAFF = "not_staff"
    NO_KEY = "no_key"
    BAD_BLOCK = "bad_block"
    UNKNOWN_DIFFERENCE = "unknown_difference"


PROBLEMS: dict[Problem, str] = {
    Problem.UNKNOWN_TERMINAL: _("没有这台终端：{terminal}"),
    Problem.THERE_ALREADY: _("终端 {terminal} 已登记，资料不同。"),
    Problem.BAD_VALUE: _("{what} 不合规定：{value}"),
    Problem.NO_BINDING: _("不能绑定到网点：{why}"),
    Problem.WRONG_CHECK: _("校验值不符，请核对密钥分量。"),
    Problem.SAME_PERSON: _("各分量须由不同的人录入。"),
    Problem.NOT_STAFF: _("登录未通过，或不是有权管理密钥的员工。"),
    Problem.NO_KEY: _("没有密钥 {name}。"),
    Problem.BAD_BLOCK: _("密钥块不能用：{why}"),
    Problem.UNKNOWN_DIFFERENCE: _("没有待处理的差异 {number}。"),
}


class OfficeError(Exception):
    """A command that was not carried out."""

    def __init__(self, problem: Problem, **facts: str) -> None:
        super().__init__(f"{problem.value} {facts}")
        self.problem, self.facts = problem, facts
