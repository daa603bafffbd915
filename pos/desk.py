"""Messages about the terminal itself: sign-in and its keys, sign-off, echo, parameters, status, and what a number is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from pos import tables
from pos.codec.errors import FrameError
from pos.codes import Code, code_of, words, words_of_refusal
from pos.crypto.mac import KEY_OCTETS
from pos.fields import setup
from pos.fields.elements import Tag, write
from pos.judge import Opened
from pos.keys.vault import KeyName, KeyUse, KeyVault, VaultError, WorkKey
from pos.kinds import Kind
from pos.terminals import CLOSED, OPEN, Terminal
from pos.verdict import Verdict
from recharge import Engine, Refusal, stored

_WITH_TRACK_KEY = "004"
_SAME_SIGN_IN = timedelta(minutes=2)
_PIN_OCTETS, _FIELD_OCTETS = 16, 16
_MOST_STATUS = 60
_MOST_NUMBER = 999_999


@dataclass(frozen=True, slots=True)
class DeskRules:
    """A deployment's own: parameters for terminals, our institution's number (F32), the language of what is printed."""

    parameters: setup.Parameters | None = None
    institution: str = "00000000"
    language: str = "zh_CN"
    minor_digits: int = 2
    carriers: dict[str, str] = field(default_factory=dict)


class Desk:
    """Carries these messages out. What signs in together is written together."""

    def __init__(
        self, engine: Engine, vault: KeyVault, now: Callable[[], datetime], day_of: Callable[[datetime], date], rules: DeskRules
    ) -> None:
        self._engine, self._vault, self._now, self._day_of, self._rules = engine, vault, now, day_of, rules
        self._database = engine.database
        self._ways: dict[Kind, Callable[[Connection, Opened], Verdict]] = {
            Kind.SIGN_IN: self._sign_in,
            Kind.SIGN_OFF: self._sign_off,
            Kind.ECHO: lambda _, __: Verdict(Code.OK),
            Kind.PARAMETERS: self._parameters,
            Kind.PARAMETERS_END: self._parameters_end,
            Kind.STATUS: self._status,
        }

    def take(self, items: Sequence[Opened]) -> list[Verdict]:
        """The verdicts, after their one commit."""
        known = {index: self._pre_check(item) for index, item in enumerate(items) if item.kind is Kind.PRE_CHECK}
        return self._database.retrying(
            lambda connection: [known.get(index) or self._one(connection, item) for index, item in enumerate(items)]
        )

    def _one(self, connection: Connection, opened: Opened) -> Verdict:
        try:
            return self._ways[opened.kind](connection, opened)
        except FrameError:
            return self._says(Code.FORMAT)
        except VaultError:
            return self._says(Code.SYSTEM)

    def _sign_in(self, connection: Connection, opened: Opened) -> Verdict:
        terminal = opened.terminal
        if terminal.master is None:
            return self._says(Code.NO_TERMINAL)
        if terminal.serial and setup.serial_number(opened.message.octets(62)) != terminal.serial:
            return self._says(Code.BLOCKED)
        if self._came_before(opened):
            return self._signed_in(opened, terminal.batch, terminal.sign_in_keys)
        return self._new_keys(connection, opened)

    def _came_before(self, opened: Opened) -> bool:
        """The network brought the same sign-in twice: other keys now would part us from the terminal."""
        terminal, at = opened.terminal, opened.terminal.signed_in_at
        recent = at is not None and self._now() - at < _SAME_SIGN_IN
        open_batch = terminal.batch_state not in ("", CLOSED)
        return (
            recent
            and open_batch
            and terminal.sign_in_trace == opened.trace
            and bool(terminal.sign_in_keys)
            and terminal.mac_key is not None
        )

    def _new_keys(self, connection: Connection, opened: Opened) -> Verdict:
        terminal = opened.terminal
        batch = terminal.batch if terminal.batch_state not in ("", CLOSED) else terminal.batch + 1
        if batch > _MOST_NUMBER:
            # Numbers are not used a second time: batch and trace are for ever. Such a terminal is given a new number of its own.
            return self._says(Code.SYSTEM)
        version = terminal.work_version + 1
        keys = self._work_keys(terminal, version, with_track=opened.use.network == _WITH_TRACK_KEY)
        told = b"".join(work.under_master.ljust(_FIELD_OCTETS, b"\0") + work.check for work in keys)
        values = {
            "pin_key": keys[0].kept.blob,
            "mac_key": keys[1].kept.blob,
            "track_key": keys[2].kept.blob if len(keys) > 2 else None,
            "work_version": version,
            "sign_in_trace": opened.trace,
            "sign_in_keys": told,
            "signed_in_at": stored(self._now()),
            "sign_in_wanted": False,
            "batch": batch,
        }
        columns = tables.terminal.c
        mine = (columns.terminal == terminal.number) & (columns.work_version == terminal.work_version)
        if connection.execute(tables.terminal.update().where(mine).values(**values)).rowcount != 1:
            # Another process has signed it in since it was read: those keys hold.
            return self._says(Code.SYSTEM)
        if batch != terminal.batch:
            self._open_batch(connection, terminal.number, batch)
        return self._signed_in(opened, batch, told)

    def _work_keys(self, terminal: Terminal, version: int, *, with_track: bool) -> list[WorkKey]:
        assert terminal.master is not None
        lengths = {KeyUse.PIN: _PIN_OCTETS, KeyUse.MAC: KEY_OCTETS[terminal.profile.mac]}
        if with_track:
            lengths[KeyUse.TRACK] = _PIN_OCTETS
        return [
            self._vault.new_work_key(KeyName(terminal.number, use, version), octets, terminal.master) for use, octets in lengths.items()
        ]

    def _open_batch(self, connection: Connection, terminal: str, number: int) -> None:
        now = self._now()
        row = {"terminal": terminal, "number": number, "state": OPEN, "ended_by": ""}
        connection.execute(tables.batch.insert().values(**row, opened_at=stored(now), opened_on=self._day_of(now)))

    def _signed_in(self, opened: Opened, batch: int, keys: bytes) -> Verdict:
        use = opened.use
        told = f"{use.kind}{batch:06d}{use.network}{use.rest}"
        return Verdict(Code.OK, fields={32: self._rules.institution, 60: told, 62: keys}, text=words(Code.OK, self._rules.language))

    def _sign_off(self, connection: Connection, opened: Opened) -> Verdict:
        forgotten = dict.fromkeys(("pin_key", "mac_key", "track_key", "sign_in_keys", "sign_in_trace"))
        self._write(connection, opened, forgotten)
        return self._says(Code.OK)

    def _parameters(self, connection: Connection, opened: Opened) -> Verdict:
        if self._rules.parameters is None:
            return self._says(Code.NOT_OFFERED)
        told = opened.message.octets(62)
        block, is_last = setup.block(self._rules.parameters, setup.asked_block(told))
        # Not every terminal says that it has taken them over: the last block counts as that.
        self._write(connection, opened, {"parameters": self._rules.parameters.version if is_last else setup.asked_version(told)})
        return Verdict(Code.OK, fields={62: block})

    def _parameters_end(self, connection: Connection, opened: Opened) -> Verdict:
        if self._rules.parameters is not None:
            self._write(connection, opened, {"parameters": self._rules.parameters.version})
        return self._says(Code.OK)

    def _status(self, connection: Connection, opened: Opened) -> Verdict:
        told = opened.message.octets(62)
        if not told.isascii() or not told.decode("ascii").isprintable() or len(told) > _MOST_STATUS:
            return self._says(Code.FORMAT)
        self._write(connection, opened, {"status": told.decode("ascii")})
        return self._says(Code.OK)

    def _pre_check(self, opened: Opened) -> Verdict:
        """Whose a number is, and what is sold for it."""
        number = opened.elements.get(Tag.NUMBER, "")
        try:
            known = self._engine.recognise(number)
            amounts = self._engine.amounts(number)
        except Refusal as refusal:
            return Verdict(code_of(refusal), text=words_of_refusal(refusal, self._rules.language, self._rules.minor_digits))
        letters = {code: letters for letters, code in self._rules.carriers.items()}
        elements = {
            Tag.NUMBER: known.number,
            Tag.CARRIER: letters.get(known.carrier_code, "00"),
            Tag.PROVINCE: known.province,
            Tag.AMOUNTS: ",".join(map(str, amounts)),
            Tag.TEXT: f"{known.carrier_name} {known.province}".strip(),
        }
        return Verdict(Code.OK, fields={48: write(elements)})

    @staticmethod
    def _write(connection: Connection, opened: Opened, values: dict[str, object]) -> None:
        columns = tables.terminal.c
        connection.execute(tables.terminal.update().where(columns.terminal == opened.terminal.number).values(**values))

    def _says(self, code: Code) -> Verdict:
        return Verdict(code, text=words(code, self._rules.language))
