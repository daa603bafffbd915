"""A point's POS terminal for tests: the small province, the channel's parts over its engine, and a terminal that speaks by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from pos import tables
from pos.answers import AnswerRules, Answers
from pos.codec.frame import Frame, parse, write
from pos.codec.message import Message, Value, decode, encode, mac_input
from pos.counter import Counter, CounterRules, is_reversal
from pos.crypto.des import Double, check_value, xored
from pos.crypto.mac import ALGORITHMS
from pos.crypto.pin import make_block
from pos.desk import Desk, DeskRules
from pos.fields.elements import Tag
from pos.fields.elements import read as read_elements
from pos.fields.elements import write as write_elements
from pos.fields.setup import Parameters
from pos.journal import Journal
from pos.judge import Inbound, Judge, Opened, Turned, read_message, terminals_of
from pos.keys.loading import KeyLoading
from pos.keys.soft import SoftVault
from pos.keys.vault import KeyUse, KeyVault
from pos.kinds import MONEY, Kind
from pos.profiles import PROFILES
from pos.registry import Registry
from pos.reversals import Reversals
from pos.settlement import Settlement
from pos.terminals import TerminalReader
from pos.verdict import Step, Verdict, Waiting
from recharge import EndpointKind, Engine, KeyStore
from recharge.domain.outcomes import AttemptAction, OutcomeState
from recharge.domain.replies import Reply
from recharge.engine.administration import SHELL
from recharge.engine.administration.errors import AdministrationError
from recharge.keys.logins import Logins
from tests.support.world import NUMBER, PASSWORD, World

TERMINAL, MERCHANT = "KC000001", "800000000000001"
ZONE = ZoneInfo("Asia/Shanghai")
COMPONENTS = (bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("89E88CF7931444F334BD7547FC3F380C"))
MASTER = xored(*COMPONENTS)
TPDU, HEADER = bytes.fromhex("6000060123"), "603110000000"
PARAMETERS = Parameters(version=3, addresses=("192.0.2.1:8086",), amounts_minor=(1000, 5000), slip_line="空中充值", telephone="10086")


class WorldEndpoints:
    """The engine's own desk of endpoints, as the registry wants it."""

    def __init__(self, world: World) -> None:
        self._desk = world.office.endpoints

    def bind(self, terminal: str, party_code: str) -> None:
        try:
            self._desk.bind(SHELL, EndpointKind.POS_TERMINAL, terminal, party_code)
        except AdministrationError as error:
            held = [row.party_code for row in self._desk.all() if row.identity == terminal]
            if held != [party_code]:
                raise ValueError(str(error)) from error


@dataclass
class Hand:
    """A terminal worked by hand: its keys as signed in, its batch and its next trace."""

    number: str = TERMINAL
    merchant: str = MERCHANT
    profile: str = "own"
    master: bytes = MASTER
    pin_key: bytes = b""
    mac_key: bytes = b""
    batch: int = 0
    traces: Any = field(default_factory=lambda: count(1))

    def message(self, mti: str, fields: dict[int, Value], *, network: str, kind: str = "00", batch: int | None = None) -> Message:
        used = self.batch if batch is None else batch
        common: dict[int, Value] = {41: self.number, 42: self.merchant.ljust(15), 60: f"{kind}{used:06d}{network}"}
        return Message(mti, {**common, **fields})

    def frame(self, message: Message, *, mac: bool = True, tpdu: bytes = TPDU, body: bytes | None = None) -> bytes:
        """The frame, without its length."""
        if mac and body is None:
            octets = mac_input(encode(Message(message.mti, {**message.fields, 64: bytes(8)})))
            body = octets + ALGORITHMS[PROFILES[self.profile].mac](Double(self.mac_key), octets)
        return write(Frame(tpdu, HEADER, body or encode(message)))[2:]

    def sign_in_message(self, trace: int | None = None, network: str = "003") -> Message:
        fields: dict[int, Value] = {11: f"{trace or next(self.traces):06d}", 62: b"Sequence No08SN000001", 63: b"01 "}
        return self.message("0800", fields, network=network)

    def take_keys(self, answer: Message) -> None:
        """What a terminal does with a sign-in's answer; the check values must hold."""
        assert answer.text(39) == "00", answer
        told, master = answer.octets(62), Double(self.master)
        self.batch = int(answer.text(60)[2:8])
        single = PROFILES[self.profile].mac.value != "x9.19"
        self.pin_key, self.mac_key = master.decrypt(told[:16]), master.decrypt(told[20:28] if single else told[20:36])
        assert check_value(self.pin_key) == told[16:20]
        assert check_value(self.mac_key) == told[36:40]

    def sale(self, amount_minor: int = 5000, number: str = NUMBER, *, trace: int | None = None, pin: str = PASSWORD, **how: Any) -> Message:
        elements = {Tag.NUMBER: number, Tag.CARRIER: "00"} | how.pop("elements", {})
        fields: dict[int, Value] = {
            3: "190000", 4: f"{amount_minor:012d}", 11: f"{trace or next(self.traces):06d}", 22: "012", 25: "81", 26: "06",
            48: write_elements(elements), 49: "156", 52: Double(self.pin_key).encrypt(make_block(pin)), 53: "1600000000000000", 63: b"01 ",
        }  # fmt: skip
        return self.message("0200", {**fields, **how.pop("fields", {})}, network="000", kind="22", **how)

    def about(self, sale: Message, mti: str, **fields: Value) -> Message:
        """A confirm or a reversal of a sale or cancel."""
        kept = {number: sale.fields[number] for number in (3, 4, 11, 25, 41, 42, 48, 49, 60, 61) if number in sale.fields}
        if mti == "0400":
            kept[39] = "98"
        return Message(mti, kept)

    def cancel(self, sale: Message, rrn: str = "", *, trace: int | None = None, original: str | None = None, **how: Any) -> Message:
        made = self.sale(int(sale.text(4)), trace=trace, **how)
        told = original if original is not None else f"{sale.text(60)[2:8]}{sale.text(11)}1120"
        fields = {**made.fields, 3: "280000", 61: told, 48: sale.fields[48], 37: rrn or "0" * 12, 60: f"23{self.batch:06d}000"}
        return Message("0200", fields)


class Stand:
    """The channel's parts without loop and sockets, over a province where point A has 1,000.00 and one terminal."""

    def __init__(self, world: World, profile: str = "own", vault: KeyVault | None = None, **registered: str) -> None:
        self.world = world
        self.now = world.clock.now
        self.engine = Engine(world.new_parts(), Logins(world.database, world.clock, world.keys), lambda: None)
        self.soft = SoftVault(KeyStore(bytes(range(32))))
        self.vault = vault or self.soft
        self.registry = Registry(world.database, WorldEndpoints(world), self.now)
        self.loading = KeyLoading(world.database, self.vault, self.soft, self.now)
        self.register(TERMINAL, MERCHANT, "A", profile, **registered)
        self.hand = Hand(profile=profile)
        self.process()

    def register(self, terminal: str, merchant: str, point: str, profile: str = "own", **registered: str) -> None:
        """Register a terminal and load its master key by two people."""
        self.registry.register(terminal, merchant, point, profile, **registered)
        for ordinal, (key, person) in enumerate(zip(COMPONENTS, ("SEC1", "OPS1"), strict=True), 1):
            self.loading.component(terminal, KeyUse.MASTER, ordinal, 2, key, check_value(key).hex(), person)

    def process(self) -> None:
        """A process of the channel begins: nothing but the database is left of the one before."""
        self.reader, self.judge = TerminalReader(self.world.database), Judge(self.vault)
        self.reversals = Reversals(self.engine, self.now)
        self.counter = Counter(self.engine, self.reversals, CounterRules())
        rules = DeskRules(parameters=PARAMETERS, carriers={"CM": "CMCC", "CU": "CUCC"})
        self.desk = Desk(self.engine, self.vault, self.now, self.day_of, rules)
        self.settlement = Settlement(self.engine, self.now, self.day_of, "zh_CN")
        self.answers = Answers(self.vault, self.now, AnswerRules(parameters=PARAMETERS.version))
        self.journal = Journal(self.world.database, self.now)

    def judged(self, *frames: bytes) -> list[Opened | Turned]:
        """What the judge makes of frames that came together."""
        inbound = [Inbound(parse(frame), "192.0.2.9:1", self.now()) for frame in frames]
        messages = [read_message(item) for item in inbound]
        terminals = self.reader.sights(terminals_of(messages))
        return [self.judge.judge(item, message, terminals) for item, message in zip(inbound, messages, strict=True)]

    def steps(self, *frames: bytes) -> list[tuple[Opened | Turned, Step]]:
        """Frames that came together, as far as they come at once."""
        judged = self.judged(*frames)
        opened = [item for item in judged if isinstance(item, Opened)]
        steps = dict(zip(map(id, opened), self._carry_out(opened), strict=True))
        return [(item, steps[id(item)] if isinstance(item, Opened) else Verdict(item.code)) for item in judged]

    def _carry_out(self, opened: Sequence[Opened]) -> list[Step]:
        if all(item.kind in MONEY for item in opened):
            return self.counter.take(opened)
        settles = {Kind.SETTLEMENT, Kind.UPLOAD, Kind.UPLOAD_END}
        return [(self.settlement if item.kind in settles else self.desk).take([item])[0] for item in opened]

    def answer(self, to: Opened | Turned, step: Step) -> Message:
        """The answer as a terminal decodes it; what waits is given up."""
        verdict = self.counter.give_up(step) if isinstance(step, Waiting) else step
        self.journal.note(to, verdict)
        self.last_frame = parse(self.answers.write(to, verdict)[2:])
        return decode(self.last_frame.body)

    def send(self, message: Message, **how: Any) -> Message:
        """One message and its answer; what it waits for does not come."""
        return self.answer(*self.steps(self.hand.frame(message, **how))[0])

    def sign_in(self, **how: Any) -> Message:
        """Sign in and take the keys."""
        answer = self.send(self.hand.sign_in_message(**how), mac=False)
        self.hand.take_keys(answer)
        return answer

    def wait(self, message: Message, state: OutcomeState = OutcomeState.SUCCESS, **said: Any) -> Message:
        """One message whose order the carrier brings to an end while it waits."""
        opened, step = self.steps(self.hand.frame(message))[0]
        assert isinstance(step, Waiting), step
        assert isinstance(opened, Opened)
        self.carrier(step.order_number, state, **said)
        return self.answer(opened, self.ended(step))

    def ended(self, step: Waiting) -> Step:
        """What a waiting message comes to with its order as it stands."""
        order = self.engine.orders([step.order_number])[step.order_number]
        if is_reversal(step.opened):
            return self.counter.resume([step], {step.order_number: order})[0]
        return self.counter.conclude(step, order)

    def carrier(self, order_number: str, state: OutcomeState = OutcomeState.SUCCESS, **said: Any) -> None:
        """The carrier is asked what is open, and answers."""
        order = self.engine.orders([order_number])[order_number]
        reverse = order.state.value == "reversing"
        attempt = self.world.send(Reply(order=order), AttemptAction.REVERSE if reverse else AttemptAction.SUBMIT)
        self.world.hear(attempt, state, **({"serial_number": "SN20261120001"} if state is OutcomeState.SUCCESS else {}) | said)

    def elements(self, answer: Message) -> dict[Tag, str]:
        """The elements of an answer's F48."""
        return read_elements(answer.octets(48))

    def sold(self, amount_minor: int = 5000, number: str = NUMBER, **how: Any) -> tuple[Message, Message]:
        """A sale that went well: the message and its answer."""
        sale = self.hand.sale(amount_minor, number, **how)
        answer = self.wait(sale)
        assert answer.text(39) == "00", answer
        return sale, answer

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """Every row of a table of the channel."""
        with self.world.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(table.select())]

    def events(self) -> list[str]:
        """Kinds of the events so far, those that staff made aside."""
        self.journal.flush()
        return [row["kind"] for row in self.rows(tables.event) if row["kind"] != "by_staff"]

    def orders(self) -> list[tuple[int, str]]:
        """Face value and state of every sale."""
        return [
            (face, state) for face, state in self.world.rows("SELECT face_minor, state FROM orders WHERE kind = 'recharge' ORDER BY id")
        ]

    @staticmethod
    def day_of(moment: datetime) -> date:
        """The business day."""
        return moment.astimezone(ZONE).date()

    def close(self) -> None:
        """Stop."""
        self.engine.close()
