"""Which reader a bank's format wants: the standards and the banks' own forms by name, everything else by its file profile."""

from collections.abc import Callable
from pathlib import Path

from bank_settle.files.profile import load_profile
from bank_settle.files.reading import Reading
from bank_settle.statements.bank_xml import read_cmb, read_icbc
from bank_settle.statements.bca import read_bca
from bank_settle.statements.camt import read_camt
from bank_settle.statements.model import BankLine, BankStatement, Wanted, checked
from bank_settle.statements.mt940 import read_mt940

READERS: dict[str, Callable[[Path, Wanted], BankStatement]] = {
    "camt": read_camt,
    "mt940": read_mt940,
    "cmb": read_cmb,
    "icbc": read_icbc,
    "bca": read_bca,
}


def read_statement(path: Path, form: str, wanted: Wanted) -> BankStatement:
    """A whole, checked statement. Raises BadFile, or BadProfile for a form nobody declared."""
    reader = READERS.get(form)
    return checked(reader(path, wanted) if reader else _by_profile(path, form, wanted), wanted)


def _by_profile(path: Path, form: str, wanted: Wanted) -> BankStatement:
    reading = Reading(load_profile(form), path, wanted.day, wanted.account)
    lines = tuple(BankLine(*row) for row in reading.rows())
    return BankStatement("", wanted.currency, lines)
