"""A carrier's ledger file as the simulator keeps it, filled by hand."""

import sqlite3
from itertools import count
from pathlib import Path

from simulators.carrier.ledger import Ledger
from tests.recharge.verify.right_books import NUMBER


class CarrierFile:
    """The file and its rows. The schema is the simulator's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        Ledger(path).close()
        self._ids = count(1)

    def do(self, text: str, *values: object) -> None:
        """Run one statement."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute(text, values)
        connection.close()

    def credit(
        self,
        reference: int | str,
        amount: int = 5000,
        delivered: int = 5000,
        charged: int = 4800,
        number: str = NUMBER,
        occurrence: int = 1,
    ) -> int:
        """An order that was carried out; its id."""
        order = next(self._ids)
        self.do(
            "insert into orders (id, reference, occurrence, kind, original_reference, number, amount_minor, behaviour, code, received_day)"
            " values (?, ?, ?, 'R', '', ?, ?, 'plain', '0000', '20261121')",
            order, str(reference), occurrence, number, amount,
        )  # fmt: skip
        self._write(order, 1, str(reference), "", number, (amount, charged, delivered))
        return order

    def take_back(self, order: int, reference: int | str, amount: int = 5000, delivered: int = 5000, charged: int = 4800) -> None:
        """The same taken back."""
        self._write(order, -1, "", str(reference), NUMBER, (-amount, -charged, -delivered))

    def _write(self, order: int, direction: int, reference: str, original: str, number: str, amounts: tuple[int, int, int]) -> None:
        serial = f"SN{order}/{direction}"
        self.do(
            "insert into credit (order_id, direction, kind, reference, original_reference, carrier_reference, serial_number, number,"
            " amount_minor, charged_minor, delivered_minor, day, at) values (?, ?, 'R', ?, ?, '', ?, ?, ?, ?, ?, '20261121', '')",
            order, direction, reference, original, serial, number, *amounts,
        )  # fmt: skip
