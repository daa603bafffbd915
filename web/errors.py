"""What a person reads when a page cannot be shown: one clean page for every such case, in his language, with nothing of the inside."""

import logging

from flask import Flask, Response, make_response, render_template, request
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from recharge import Refusal, RefusalCode
from web.i18n import explained

log = logging.getLogger(__name__)

_STATUS = {
    RefusalCode.UNKNOWN_ORDER: 404,
    RefusalCode.BUSY: 503,
    RefusalCode.NOT_ALLOWED: 403,
    RefusalCode.BLOCKED: 403,
    RefusalCode.UNKNOWN_ENDPOINT: 403,
}
RETRY_SECONDS = "5"


class PageTooOld(Exception):
    """The form was not shown to this browser in its present session; nothing of it is done."""


def install(app: Flask) -> None:
    """Let an application answer all that goes wrong."""
    app.register_error_handler(HTTPException, _told_by_status)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(PageTooOld, _too_old)
    app.register_error_handler(DBAPIError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(Exception, _broken)


def error_page(status: int, title: str, text: str) -> Response:
    """The page that says what is the matter."""
    response = make_response(render_template("error.html", status=status, title=title, text=text), status)
    if status == 503:
        response.headers["Retry-After"] = RETRY_SECONDS
    if request.headers.get("HX-Request"):
        # Part of a page asked: what it shows stays, and the script says that the answer did not come.
        response.headers["HX-Reswap"] = "none"
    return response


def _told_by_status(error: HTTPException) -> Response:
    status = error.code or 500
    known = {
        403: (gettext("这里不能进入"), gettext("您的登录没有这一页的权限。")),
        404: (gettext("没有这一页"), gettext("地址可能写错了，或者您要看的内容不属于您的网点。")),
        405: (gettext("不能这样打开"), gettext("请从菜单重新进入。")),
        413: (gettext("内容太长"), gettext("提交的内容超出了允许的长度，没有办理。")),
    }
    default = (gettext("请求没有办理"), gettext("浏览器发来的内容看不懂，没有办理，也没有扣款。"))
    response = error_page(status, *known.get(status, default))
    if status == 405 and error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _refused(refusal: Refusal) -> Response:
    if refusal.code is RefusalCode.BUSY:
        return _busy()
    title = gettext("没有这笔订单") if refusal.code is RefusalCode.UNKNOWN_ORDER else gettext("没有办理")
    return error_page(_STATUS.get(refusal.code, 400), title, explained(refusal))


def _too_old(_: PageTooOld) -> Response:
    text = gettext("为了安全，这一次提交没有办理。如果之前已经提交过，请先到“订单”里查看结果。")
    return error_page(403, gettext("页面已过期"), text)


def _database_away(error: Exception) -> Response:
    # The statement and its values stay out of the log: they may name a customer.
    log.error("database away: %s", type(error).__name__)
    return _busy()


def _busy() -> Response:
    # Looking at an order fails too: then it would be a lie to say that nothing was charged.
    looking = request.method in {"GET", "HEAD"}
    text = (
        gettext("暂时看不到结果。已经受理的业务不受影响，请稍等几秒刷新本页。")
        if looking
        else gettext("这次提交没有受理，没有扣款。请稍等几秒再试。")
    )
    return error_page(503, gettext("系统忙"), text)


def _broken(error: Exception) -> Response:
    log.error("page failed: %s %s", request.method, request.endpoint, exc_info=error)
    return error_page(500, gettext("页面出了问题"), gettext("我们已经记录下来。刚才如果在充值，请先到“订单”里查看结果，不要重复充值。"))
