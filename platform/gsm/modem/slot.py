"""One place for a modem: a thread that brings it up, does jobs one after another, and looks after it between them."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog

from gsm.modem.channel import Channel, Event, ModemError, PortGone
from gsm.modem.ladder import MISSES_BEFORE_CLIMBING, MOST_NOISE, Ladder, Rung
from gsm.modem.opening import CannotOpen, PortOpener, open_best
from gsm.modem.serial_port import SerialPort
from gsm.modem.sim_store import FULL_PERCENT, Stored, fullness, sweep
from gsm.modem.startup import Identity, NotUp, Signal, Trouble, bring_up, greet, read_signal

_log = structlog.get_logger(__name__)
T = TypeVar("T")
_MESSAGE_EVENTS = ("+CMTI:", "+CDSI:", "+CMT:", "+CDS:", "^SMMEMFULL")


class SlotDown(Exception):
    """There is no usable modem in the slot; the job was not begun."""


@dataclass(frozen=True, slots=True)
class SlotTimes:
    """How long things may take and how often they are looked at, in seconds."""

    greet: float = 1.0
    tick: float = 0.5
    check_every: float = 8.0
    check_most: float = 6.0
    sweep_every: float = 60.0
    retry: float = 2.0
    retry_given_up: float = 60.0
    reset_gone: float = 10.0
    reset_back: float = 120.0


class SlotUser(Protocol):
    """Whoever works with the modem. All methods are called from the slot's own thread and may block."""

    def pin_of(self, iccid: str) -> str | None:
        """The card's PIN, None when there is none or it must not be tried (again)."""
        ...

    def up(self, slot: "Slot", identity: Identity) -> None:
        """The modem can be used from now on. Raises NotUp for a card that is not wanted here."""
        ...

    def down(self, slot: "Slot", why: str, given_up: bool) -> None:
        """The modem cannot be used any more; `given_up`: a person has to look at it."""
        ...

    def keep(self, slot: "Slot", stored: Sequence[Stored]) -> Sequence[Stored]:
        """Messages from the card; those given back are safe elsewhere and are deleted. Whatever this raises leaves all on the card."""
        ...

    def heard(self, slot: "Slot", event: Event) -> None:
        """An unsolicited line that no job was waiting for."""
        ...

    def idle(self, slot: "Slot") -> None:
        """A moment between jobs, at least every tick."""
        ...


class Talk:
    """What a job works with: the channel, the events in order, and the card's messages."""

    def __init__(self, slot: "Slot", channel: Channel) -> None:
        self._slot, self.channel = slot, channel

    def event(self, seconds: float) -> Event | None:
        """The next unsolicited line, None when none comes in time. A message's arrival brings the card's messages in first."""
        event = self._slot.next_event(seconds)
        if event is not None and event.line.startswith(_MESSAGE_EVENTS):
            self._slot.sweep()
        return event

    def answers(self) -> bool:
        """Whether the modem still answers after a command that it did not."""
        return _answers(self.channel)

    def signal(self) -> Signal:
        """The signal, asked just now. Raises ModemError."""
        return self._slot.ask_signal()


Job = tuple[Callable[[Talk], Any], "Future[Any]"]


class Slot:
    """See the module. `paths` gives the slot's ttys of this moment, none while nothing is plugged in."""

    def __init__(
        self,
        name: str,
        paths: Callable[[], Sequence[str]],
        user: SlotUser,
        times: SlotTimes | None = None,
        opener: PortOpener = SerialPort,
        cycle_power: Callable[[str], bool] | None = None,
    ) -> None:
        self.name, self._paths, self._user = name, paths, user
        self._times, self._opener, self._cycle_power = times or SlotTimes(), opener, cycle_power
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._stopping, self._again = threading.Event(), threading.Event()
        self._ladder = Ladder(cycle_power is not None)
        # Held while a job is taken or all are turned away: none may come in between and wait for a modem that is gone.
        self._gate = threading.Lock()
        self._channel: Channel | None = None
        self._due = {"check": 0.0, "sweep": 0.0}
        self.identity: Identity | None = None
        self.signal: Signal | None = None
        # The card is nearly full and stays so: the network could not bring it an answer.
        self.crowded = False
        self._thread = threading.Thread(target=self._live, name=f"slot-{name}", daemon=True)

    @property
    def is_up(self) -> bool:
        """Whether jobs are taken."""
        return self.identity is not None

    def start(self) -> None:
        """Begin to look after the slot."""
        self._thread.start()

    def try_again(self) -> None:
        """Do not wait any longer with a modem that was left alone: something about its card has changed."""
        self._again.set()

    def stop(self) -> None:
        """Finish the job under way, give the port back, end the thread. Jobs not begun are told SlotDown."""
        self._stopping.set()
        self._again.set()
        self._jobs.put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def run(self, job: Callable[[Talk], T]) -> "Future[T]":
        """Do a job as soon as those before it are done; the future raises what the job raises, SlotDown when it was not begun."""
        future: Future[T] = Future()
        with self._gate:
            taken = self.is_up and not self._stopping.is_set()
            if taken:
                self._jobs.put((job, future))
        if not taken:
            future.set_exception(SlotDown(self.name))
        return future

    def next_event(self, seconds: float) -> Event | None:
        """For the slot's own thread: the next unsolicited line; None in vain or when the port is gone."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            try:
                return self._events.get(timeout=min(max(left, 0.0), 0.25)) if left > 0 else self._events.get_nowait()
            except queue.Empty:
                if left <= 0 or self._channel is None or self._channel.gone.is_set():
                    return None

    def sweep(self) -> None:
        """For the slot's own thread: bring the card's messages in. Raises ModemError."""
        if self._channel is not None:
            sweep(self._channel, lambda stored: self._user.keep(self, stored))

    def ask_signal(self) -> Signal:
        """For the slot's own thread: the signal now. Raises ModemError."""
        assert self._channel is not None
        self.signal = read_signal(self._channel)
        return self.signal

    def _live(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._channel is None:
                    self._raise_up()
                else:
                    self._serve()
            except (ModemError, NotUp) as error:
                # A modem that is unplugged is gone, whether it was asked something at that moment or not.
                self._fall("gone" if isinstance(error, PortGone) else type(error).__name__)
            except Exception as error:  # the thread's boundary: a slot whose user failed is brought up anew
                _log.exception("slot_failed", slot=self.name, why=type(error).__name__)
                self._fall("failed")
        self._close("stopped", given_up=False)

    def _on_event(self, event: Event) -> None:
        self._events.put(event)
        self._jobs.put(None)

    def _raise_up(self) -> None:
        paths = self._paths()
        if not paths:
            # Nothing plugged in: whatever comes next is a new modem, to be tried from the beginning.
            self._ladder.well()
            self._stopping.wait(self._times.tick)
            return
        opens = True
        try:
            self._channel = open_best(paths, self._opener, self._on_event, self._times.greet)
            if self._channel is not None:
                self._bring_up(self._channel)
                return
            why = Trouble.SILENT.value
        except CannotOpen:
            opens, why = False, "cannot_open"
        except ModemError as error:
            why = type(error).__name__
        except NotUp as error:
            self._turn_away(error)
            return
        self._close(why, given_up=self._ladder.rung is Rung.GIVEN_UP)
        self._climb(opens, paths)

    def _bring_up(self, channel: Channel) -> None:
        channel.noise = 0
        identity = bring_up(channel, self._user.pin_of)
        if channel.noise >= MOST_NOISE:
            raise NotUp(Trouble.NOISY)
        self.crowded = False
        self._user.up(self, identity)
        self.identity = identity
        self._ladder.well()
        self._due = {"check": 0.0, "sweep": 0.0}
        _log.info("modem_up", slot=self.name, iccid=identity.iccid)

    def _turn_away(self, error: NotUp) -> None:
        """The modem answers, but the card cannot be used: no reset helps. Looked at again when it was taken out, or after a while."""
        wait = self._times.retry if error.trouble in {Trouble.NO_SIM, Trouble.SILENT} else self._times.retry_given_up
        self._close(error.trouble.value, given_up=error.trouble is not Trouble.NO_SIM)
        self._rest(wait)

    def _rest(self, seconds: float) -> None:
        """Leave the modem alone for a while, unless its ttys change, somebody asks to try again, or all is over."""
        before, until = list(self._paths()), time.monotonic() + seconds
        if not self._stopping.is_set():
            self._again.clear()
        while time.monotonic() < until and list(self._paths()) == before and not self._again.wait(self._times.tick):
            continue

    def _climb(self, opens: bool, paths: Sequence[str]) -> None:
        rung = self._ladder.climb(opens)
        _log.warning("modem_silent", slot=self.name, rung=rung.name.lower())
        if rung is Rung.RESET:
            self._reset(paths)
        elif rung is Rung.POWER_CYCLED:
            assert self._cycle_power is not None
            self._cycle_power(self.name)
            self._wait_for_return()
        elif rung is Rung.GIVEN_UP:
            self._user.down(self, "silent", given_up=True)
            self._rest(self._times.retry_given_up)
        else:
            self._stopping.wait(self._times.retry)

    def _reset(self, paths: Sequence[str]) -> None:
        """AT+CFUN=1,1 into each tty that opens; the port is closed before the device vanishes under it."""
        for path in paths:
            try:
                port = self._opener(path)
            except (OSError, ValueError):
                continue
            try:
                port.write(b"\x1b\rAT+CFUN=1,1\r")
                self._stopping.wait(self._times.tick)
            except OSError:
                _log.warning("modem_not_reset", slot=self.name)
            finally:
                port.close()
        self._wait_for_return()

    def _wait_for_return(self) -> None:
        until = time.monotonic() + self._times.reset_gone
        while self._paths() and time.monotonic() < until and not self._stopping.wait(0.1):
            continue
        until = time.monotonic() + self._times.reset_back
        while not self._paths() and time.monotonic() < until and not self._stopping.wait(0.1):
            continue

    def _serve(self) -> None:
        assert self._channel is not None
        try:
            job = self._jobs.get(timeout=self._times.tick)
        except queue.Empty:
            job = None
        if job is not None:
            self._do(job, self._channel)
        if self._channel.gone.is_set():
            self._fall("gone")
            return
        if self._channel.noise >= MOST_NOISE:
            self._fall(Trouble.NOISY.value)
        elif self._channel.owed:
            self._find_step(self._channel)
        if self._channel is not None:
            self._look_after(self._channel)

    def _do(self, job: Job, channel: Channel) -> None:
        work, future = job
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work(Talk(self, channel)))
        except Exception as error:  # a job's failure is told to whoever asked for it
            future.set_exception(error)

    def _find_step(self, channel: Channel) -> None:
        if not _answers(channel):
            self._fall("silent")

    def _look_after(self, channel: Channel) -> None:
        now, messages = time.monotonic(), now_due(self._due, "sweep", self._times.sweep_every)
        if messages:
            channel.noise = 0
        while (event := self.next_event(0)) is not None:
            messages |= event.line.startswith(_MESSAGE_EVENTS)
            self._user.heard(self, event)
        if now >= self._due["check"]:
            self._due["check"] = now + self._times.check_every
            self._check(channel)
        if messages or (self._channel is not None and self._due.get("full")):
            self.sweep()
        if self._channel is not None:
            self._user.idle(self)

    def _check(self, channel: Channel) -> None:
        begun = time.monotonic()
        if not greet(channel, MISSES_BEFORE_CLIMBING, 3 * self._times.greet):
            self._fall("silent")
            return
        if not self.ask_signal().good:
            # Orders wait for it.
            self._due["check"] = min(self._due["check"], time.monotonic() + 2 * self._times.greet)
        if time.monotonic() - begun > self._times.check_most:
            # Questions of a moment: whatever answers so late answers an earlier command, or will answer orders in the wrong order.
            self._fall(Trouble.LATE.value)
            return
        full = fullness(channel) >= FULL_PERCENT
        # The sweep that follows makes room; where the next look finds none, it did not.
        self.crowded = full and bool(self._due.get("full"))
        self._due["full"] = float(full)

    def _fall(self, why: str) -> None:
        self._close(why, given_up=False)
        if not self._stopping.is_set():
            self._ladder.climb(opens=True)

    def _close(self, why: str, *, given_up: bool) -> None:
        with self._gate:
            channel, self._channel, was_up, self.identity, self.signal = self._channel, None, self.is_up, None, None
        if channel is not None:
            channel.close()
        self._turn_jobs_away()
        if was_up or given_up:
            _log.warning("modem_down", slot=self.name, why=why)
            self._user.down(self, why, given_up)

    def _turn_jobs_away(self) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None and job[1].set_running_or_notify_cancel():
                job[1].set_exception(SlotDown(self.name))


def _answers(channel: Channel) -> bool:
    """Whether commands and answers come together again before too many in a row were missed."""
    return any(channel.in_step() for _ in range(MISSES_BEFORE_CLIMBING - channel.misses))


def now_due(due: dict[str, float], name: str, every: float) -> bool:
    """Whether something is to be done now; if so, it is due again after `every` seconds."""
    now = time.monotonic()
    if now < due[name]:
        return False
    due[name] = now + every
    return True
