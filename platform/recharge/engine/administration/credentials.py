"""Service passwords as an administrator sets them: temporary ones, which their owner must change before anything else."""

from sqlalchemy import update

from recharge.books.changes import PARTY, PERSON
from recharge.books.tables.parties import credential
from recharge.domain.errors import Refusal
from recharge.domain.passwords import check_new
from recharge.engine.administration import lookups
from recharge.engine.administration.errors import AdministrationCode, AdministrationError
from recharge.engine.administration.office import Change, Desk, Duty, duty
from recharge.keys.store import PASSWORD_KEY_VERSION, new_salt

NO_PERSON = 0


class Credentials(Desk):
    """Service passwords of parties and of people who have their own."""

    @duty(Duty.PASSWORDS)
    def set(self, change: Change, party_code: str, digits: str, person_code: str | None = None, *, temporary: bool = True) -> None:
        """Set a service password and open it again if it was locked. Only the shell may set one that need not be changed."""
        if not (temporary or change.by_shell):
            raise AdministrationError(AdministrationCode.NOT_ALLOWED)
        _check(digits)
        party_id, person_id = _owner(change, party_code, person_code)
        salt = new_salt()
        values = {
            "salt": salt,
            "mac": change.keys.password_mac(PASSWORD_KEY_VERSION, salt, party_id, person_id, digits),
            "key_version": PASSWORD_KEY_VERSION,
            "must_change": temporary,
            "tries": 0,
            "locked_until": None,
            "locked": False,
            "changed_at": change.now,
        }
        _keep(change, party_id, person_id, values)
        change.note("password_set", f"party:{party_code}", person=person_code, temporary=temporary)
        # Whether there is a credential at all is cached with the endpoints.
        change.stale(PERSON if person_id else PARTY, person_id or party_id)


def _check(digits: str) -> None:
    try:
        check_new(digits)
    except Refusal as refusal:
        raise AdministrationError(AdministrationCode.WEAK_PASSWORD) from refusal


def _owner(change: Change, party_code: str, person_code: str | None) -> tuple[int, int]:
    party_id = lookups.id_of(change.connection, "party", party_code)
    if person_code is None:
        return party_id, NO_PERSON
    human = lookups.row_of(change.connection, "person", person_code)
    if human.party_id != party_id:
        raise AdministrationError(AdministrationCode.WRONG_PARTY, name=human.code)
    return party_id, int(human.id)


def _keep(change: Change, party_id: int, person_id: int, values: dict[str, object]) -> None:
    match = (credential.c.party_id == party_id) & (credential.c.person_id == person_id)
    if change.connection.execute(update(credential).where(match).values(**values)).rowcount == 0:
        change.insert(credential, "person", str(person_id), id=change.ids.next(), party_id=party_id, person_id=person_id, **values)
