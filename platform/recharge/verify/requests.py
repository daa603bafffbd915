"""Checks of the memory of requests, in sets: the requests' part of I8, and I13."""

from collections.abc import Iterator

from recharge.verify.findings import Detail
from recharge.verify.findings import lazy_gettext as _
from recharge.verify.reader import Books

_VOIDED = "voided"


def one_order_each(books: Books) -> Iterator[Detail]:
    """I8: a request that was done names an order that is there; every order was asked for under some reference."""
    text = (
        "SELECT r.endpoint_id, r.reference FROM request r LEFT JOIN orders o ON o.id = r.order_id"
        " WHERE r.order_id IS NOT NULL AND o.id IS NULL"
    )
    for endpoint, reference in books.rows(text):
        yield Detail(_("端点{endpoint}的流水号{reference}指向不存在的订单"), {"endpoint": endpoint, "reference": reference})
    text = (
        "SELECT o.id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM request r WHERE r.order_id = o.id"
        " AND r.endpoint_id = o.endpoint_id AND r.code = '')"
    )
    for (order_id,) in books.rows(text):
        yield Detail(_("订单{order}没有提出它的请求"), {"order": order_id})


def used_once(books: Books) -> Iterator[Detail]:
    """I13: no reference was taken twice, and a tombstone's reference made no order."""
    text = "SELECT endpoint_id, reference, COUNT(*) FROM request GROUP BY endpoint_id, reference HAVING COUNT(*) > 1"
    for endpoint, reference, count in books.rows(text):
        facts = {"endpoint": endpoint, "reference": reference, "count": count}
        yield Detail(_("端点{endpoint}的流水号{reference}用了{count}次"), facts)
    text = "SELECT endpoint_id, reference, order_id FROM request WHERE code = ? AND order_id IS NOT NULL"
    for endpoint, reference, order_id in books.rows(text, _VOIDED):
        facts = {"endpoint": endpoint, "reference": reference, "order": order_id}
        yield Detail(_("端点{endpoint}已作废的流水号{reference}有订单{order}"), facts)
    text = "SELECT evidence, COUNT(*) FROM deposit_evidence GROUP BY evidence HAVING COUNT(*) > 1"
    for evidence, count in books.rows(text):
        yield Detail(_("预存凭据{evidence}用了{count}次"), {"evidence": evidence, "count": count})
