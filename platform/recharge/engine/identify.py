"""Who asks, and may it: endpoint, blocks, rights, service password. All channels' tries are counted here and nowhere else."""

from recharge.books.intake_reads import CredentialRow
from recharge.domain.errors import Refusal, RefusalCode
from recharge.domain.parties import may, needs_password
from recharge.domain.requests import ChangePassword, ServicePassword
from recharge.engine.work import Asked, Work
from recharge.keys.store import same


def check_allowed(work: Work, asked: Asked) -> None:
    """Raises a Refusal unless this endpoint may do this, with this password, now."""
    endpoint, operation = asked.endpoint, asked.request.operation
    if endpoint.stopped:
        raise Refusal(RefusalCode.BLOCKED)
    if not may(endpoint.role, operation):
        raise Refusal(RefusalCode.NOT_ALLOWED)
    credential = work.credentials.get(endpoint.credential_id or 0)
    if isinstance(asked.request.credential, ServicePassword):
        _check_password(work, credential, asked.request.credential)
    elif needs_password(endpoint, operation):
        raise Refusal(RefusalCode.PASSWORD_NEEDED)
    if credential is not None and credential.must_change and not isinstance(operation, ChangePassword):
        raise Refusal(RefusalCode.PASSWORD_MUST_CHANGE)


def _check_password(work: Work, credential: CredentialRow | None, given: ServicePassword) -> None:
    if credential is None:
        raise Refusal(RefusalCode.PASSWORD_NEEDED)
    credential.state.check_open(work.now)
    mac = work.parts.keys.password_mac(credential.key_version, credential.salt, credential.party_id, credential.person_id, given.digits)
    if not same(mac, credential.mac):
        credential.changed = True
        raise credential.state.wrong(work.now, work.parts.rules.tries)
    if credential.state.right():
        credential.changed = True
