"""The separate reader of the books: checks every invariant with SQL and rules of its own, so that it cannot share the engine's mistakes."""

from recharge.verify.chain import verify_chain
from recharge.verify.checker import verify_books
from recharge.verify.findings import Detail, Finding, holds, report
from recharge.verify.rebuild import Difference, differences

__all__ = ["Detail", "Difference", "Finding", "differences", "holds", "report", "verify_books", "verify_chain"]
