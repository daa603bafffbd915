"""Dialects that come with the product: yrapi (also called 大猿人) and ofpay (欧飞), as public clients of theirs speak them."""

from collections.abc import Mapping
from typing import Any

from recharge.suppliers.md5_form.signing import RECIPES, USER, Recipe

_YRAPI_SIGN = RECIPES["yrapi"].model_dump()
# Older installations wrote 2 for "done in part", younger ones write 3 and mean failed by 2. So 2 counts as failed only where nothing
# is said to have been charged; where something is, evidence.py leaves it unknown.
_YRAPI_STATES = {"-1": "failed", "0": "accepted", "1": "success", "2": "failed", "3": "part"}
_YRAPI_ORDER = {
    "state": "state",
    "states": _YRAPI_STATES,
    "reference": "out_trade_num",
    "number": "mobile",
    "delivered": "charge_amount",
    "serial_number": "charge_kami",
    "supplier_reference": "order_number",
    "text": "remark",
}

_OFPAY_STATES = {"0": "accepted", "1": "success", "9": "failed"}
_OFPAY_WHO = {"userid": "{user}", "userpws": "{password_md5}"}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "yrapi": {
        "charset": "utf-8",
        "unit": "decimal",
        "submit": {
            "path": "/index/recharge",
            "fields": {
                "userid": "{user}",
                "out_trade_num": "{reference}",
                "product_id": "{product}",
                "mobile": "{number}",
                "amount": "{amount}",
                "notify_url": "{notify_url}",
            },
            "sign": _YRAPI_SIGN,
            "reading": {
                "code": "errno",
                # That an order was taken is all this answer can say.
                "codes": {"0": "accepted"},
                "reference": "data.out_trade_num",
                "number": "data.mobile",
                "supplier_reference": "data.order_number",
                "text": "errmsg",
            },
        },
        "query": {
            "path": "/index/check",
            "fields": {"userid": "{user}", "out_trade_nums": "{reference}"},
            "sign": _YRAPI_SIGN,
            "reading": {"code": "errno", "codes": {"0": "read"}, "rows": "data", "no_row": "not_found", **_YRAPI_ORDER},
        },
        "balance": {
            "path": "/index/user",
            "fields": {"userid": "{user}"},
            "sign": _YRAPI_SIGN,
            "reading": {"code": "errno", "codes": {"0": "read"}, "balance": "data.balance"},
        },
        "notice": {"sign": _YRAPI_SIGN, "reading": _YRAPI_ORDER},
    },
    "ofpay": {
        "charset": "gbk",
        "unit": "whole",
        "submit": {
            "path": "/onlineorder.do",
            "method": "GET",
            "fields": {
                **_OFPAY_WHO,
                "cardid": "140101",
                "cardnum": "{amount}",
                "sporder_id": "{reference}",
                "sporder_time": "{time}",
                "game_userid": "{number}",
                "ret_url": "{notify_url}",
                "version": "6.0",
            },
            "sign": RECIPES["ofpay"].model_dump(),
            "answer": "xml",
            "reading": {
                "code": "retcode",
                "codes": {"1": "read"},
                "state": "game_state",
                "states": _OFPAY_STATES,
                "reference": "sporder_id",
                "number": "game_userid",
                "charged": "ordercash",
                "serial_number": "orderid",
                "supplier_reference": "orderid",
                "text": "err_msg",
            },
        },
        "query": {
            "path": "/api/query.do",
            "method": "GET",
            "fields": {"userid": "{user}", "spbillid": "{reference}"},
            "answer": "text",
            # -1 is "no such order", which is not a failure of it.
            "reading": {"code": "text", "codes": {**_OFPAY_STATES, "-1": "not_found"}},
        },
        "balance": {
            "path": "/newqueryuserinfo.do",
            "method": "GET",
            "fields": {**_OFPAY_WHO, "version": "6.0"},
            "answer": "xml",
            "reading": {"code": "retcode", "codes": {"1": "read"}, "balance": "ret_leftcredit"},
        },
        "notice": {
            "sign": Recipe(order="given", fields=(USER, "ret_code", "sporder_id"), join="value", suffix="{key}").model_dump(),
            "reading": {"code": "ret_code", "codes": {"1": "success", "9": "failed"}, "reference": "sporder_id", "text": "err_msg"},
        },
    },
}
