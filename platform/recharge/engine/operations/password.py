"""Service passwords changed by their owner, or reset by staff to a temporary one."""

from recharge.books.credentials import set_password
from recharge.books.intake_reads import locked_credentials
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.parties import Endpoint, Party, Role
from recharge.domain.passwords import check_new
from recharge.domain.replies import Reply
from recharge.domain.requests import ChangePassword, ResetPassword, ServicePassword
from recharge.engine.work import Asked, Work


def prepare_change(_: Work, asked: Asked) -> None:
    """The new one must be good, and another than the old one."""
    operation, credential = asked.request.operation, asked.request.credential
    assert isinstance(operation, ChangePassword)
    check_new(operation.new_digits, asked.endpoint.address)
    if isinstance(credential, ServicePassword) and credential.digits == operation.new_digits:
        raise Refusal(RefusalCode.WEAK_PASSWORD)


def change(work: Work, asked: Asked) -> Reply:
    """Set it; the old one was checked as this request's credential."""
    operation, endpoint = asked.request.operation, asked.endpoint
    assert isinstance(operation, ChangePassword)
    holder = (endpoint.party.id, endpoint.person.id if endpoint.person else 0)
    _set(work, asked, holder, operation.new_digits, temporary=False)
    return Reply()


def prepare_reset(work: Work, asked: Asked) -> None:
    """Find whose password it is; staff may reset anybody's, an account manager those below his party."""
    operation = asked.request.operation
    assert isinstance(operation, ResetPassword)
    check_new(operation.temporary_digits)
    party = work.parts.directory.party_by_code(work.connection, operation.party_code.strip())
    if party is None or not _may_reset(asked.endpoint, party):
        raise Refusal(RefusalCode.UNKNOWN_PARTY, {"party": operation.party_code[:24]})
    asked.plan = (party.id, _person_id(work, party, operation.person_code))


def reset(work: Work, asked: Asked) -> Reply:
    """A temporary password, which opens nothing but its own change."""
    operation = asked.request.operation
    assert isinstance(operation, ResetPassword)
    _set(work, asked, asked.plan, operation.temporary_digits, temporary=True)
    return Reply()


def _may_reset(endpoint: Endpoint, party: Party) -> bool:
    return endpoint.role is not Role.ACCOUNT_MANAGER or endpoint.party.is_above(party)


def _person_id(work: Work, party: Party, code: str | None) -> int:
    if code is None:
        return 0
    rows = work.parts.database.rows(work.connection, "SELECT id FROM person WHERE code = ? AND party_id = ?", [code, party.id])
    if not rows:
        raise Refusal(RefusalCode.UNKNOWN_PARTY, {"party": code[:24]})
    return int(rows[0][0])


def _set(work: Work, asked: Asked, holder: tuple[int, int], digits: str, *, temporary: bool) -> None:
    parts = work.parts
    new_id = parts.ids.next()
    set_password(parts.database, work.connection, parts.keys, holder, digits, temporary=temporary, now=work.now, new_id=new_id)
    # Requests of this batch that come after it must be held against the new one: what was read is out of date.
    credential = next((item for item in work.credentials.values() if (item.party_id, item.person_id) == holder), None)
    if credential is not None:
        found = parts.database.find(work.connection, locked_credentials(parts.database, [credential.id]))
        work.credentials |= found
