"""The air between: USSD sessions, and what operators' desks hear and say by short message."""

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from simulators.modem_farm import alphabet
from simulators.modem_farm.answers import Answer, Failed, cme
from simulators.modem_farm.config import OperatorPlan
from simulators.modem_farm.dealing import Desk, Said, Talk
from simulators.modem_farm.ledger import Ledger
from simulators.modem_farm.post import Post

if TYPE_CHECKING:
    from simulators.modem_farm.modem import Modem
    from simulators.modem_farm.sim import Sim
    from simulators.modem_farm.surroundings import Surroundings

_NOT_DONE: Final = frozenset({"ussd_lost", "ussd_timeout_lost", "ussd_unsupported"})
_BARE: Final = {"ussd_timeout": 5, "ussd_timeout_lost": 5, "ussd_ended": 2, "ussd_elsewhere": 3, "ussd_unsupported": 4}
_ERRORS: Final[Mapping[str, Failed]] = {"ussd_cme_100": cme(100), "ussd_cme_31": cme(31), "ussd_error": Failed()}
_REFUSALS: Final[Mapping[str, Failed]] = {"ussd_refused": cme(30), "ussd_busy": cme(14)}
_SILENT: Final = frozenset({"ussd_silent", "ussd_lost"})


class Network:
    """Operators' desks behind the air. `post` carries short messages."""

    def __init__(self, around: "Surroundings", operators: list[OperatorPlan], ledger: Ledger, chance: random.Random) -> None:
        self._around, self._ledger = around, ledger
        self.desks = {plan.name: Desk(plan, ledger, self._strikes_operator, chance) for plan in operators}
        self.post = Post(around, ledger, {plan.name: plan for plan in operators}, self._to_service)
        self._sessions: dict[str, Talk] = {}
        self._asked_by_sms: dict[str, Talk] = {}

    def _strikes_operator(self, iccid: str, text: str) -> str:
        return self._around.strikes_chip(iccid, "operator", text)

    def desk(self, sim: "Sim") -> Desk:
        """The desk of a card's operator."""
        return self.desks[sim.plan.operator]

    # USSD

    def ussd(self, modem: "Modem", sim: "Sim", text: str) -> Answer:
        """A USSD text of a modem, a reply where a dialogue is open. Raises Failed."""
        struck = self._around.strikes(modem, "ussd", text)
        if struck in _REFUSALS:
            raise _REFUSALS[struck]
        said = Said(None) if struck in _NOT_DONE else self._heard_ussd(sim, text)
        self._by_sms(sim, said)
        if struck in _ERRORS:
            raise _ERRORS[struck]
        if struck not in _SILENT:
            self._tell(modem, sim, said, struck)
        return Answer(after=self._around.settings.ussd_seconds + 0.05 if struck == "ussd_before_ok" else 0.0)

    def _heard_ussd(self, sim: "Sim", text: str) -> Said:
        talk = self._sessions.pop(sim.iccid, None)
        done = talk.reply(text) if talk else self.desk(sim).hear(sim.plan, text, "ussd")
        if isinstance(done, Said):
            return done
        self._sessions[sim.iccid] = done
        self._around.later(self._around.settings.session_seconds, lambda: self._outlived(sim, done, done.question))
        return Said(done.question, more=True)

    def _outlived(self, sim: "Sim", talk: Talk, question: str) -> None:
        if self._sessions.get(sim.iccid) is talk and talk.question == question:
            self.end_session(sim)
            modem = self._around.modem_of(sim)
            if modem is not None:
                modem.say_ussd("+CUSD: 2")

    def has_session(self, sim: "Sim") -> bool:
        """Whether a dialogue is open."""
        return sim.iccid in self._sessions

    def end_session(self, sim: "Sim") -> None:
        """The client, or the network, ends the dialogue; nothing more is done."""
        self._sessions.pop(sim.iccid, None)

    def _tell(self, modem: "Modem", sim: "Sim", said: Said, struck: str) -> None:
        if struck in _BARE:
            line = f"+CUSD: {_BARE[struck]}"
        elif said.text is None:
            return
        else:
            text = said.text.replace(". ", ".\r\n") if struck == "ussd_split" else said.text
            line = ussd_line(modem, 1 if said.more else 0, text, hexadecimal=struck == "ussd_ucs2")
        settings = self._around.settings
        wait = settings.late_seconds if struck == "ussd_late" else self._around.about(settings.ussd_seconds)
        if struck == "ussd_inside":
            self._say_inside(modem, line)
            return
        for again in range(2 if struck == "ussd_twice" else 1):
            self._around.later(wait * (again + 1), lambda: self._say(modem, sim, line))

    def _say(self, modem: "Modem", sim: "Sim", line: str) -> None:
        # A modem that was reset, or has another card now, is not told what the network meant for the card.
        if modem.sim is sim and modem.registered:
            modem.say_ussd(line)

    def _say_inside(self, modem: "Modem", line: str) -> None:
        modem.mischief.keep(line)
        self._around.later(self._around.settings.late_seconds, modem.mischief.let_go)

    # Short messages to the operator's service number

    def _to_service(self, sim: "Sim", text: str) -> None:
        talk = self._asked_by_sms.pop(sim.iccid, None)
        done = talk.reply(text) if talk else self.desk(sim).hear(sim.plan, text, "sms")
        if isinstance(done, Talk):
            self._asked_by_sms[sim.iccid] = done
            done = Said(done.question)
        if done.text is not None:
            done.by_sms.insert(0, ("soon", done.text))
        self._by_sms(sim, done)

    def _by_sms(self, sim: "Sim", said: Said) -> None:
        for place, (when, text) in enumerate(said.by_sms):
            self._tell_by_sms(sim, text, when, place)
        if said.later is not None:
            later = said.later
            self._around.later(self._around.settings.late_seconds, lambda: self._keep_promise(sim, later()))

    def _keep_promise(self, sim: "Sim", texts: list[str]) -> None:
        for text in texts:
            self._tell_by_sms(sim, text, "soon", 0)

    def _tell_by_sms(self, sim: "Sim", text: str, when: str, place: int) -> None:
        settings, plan = self._around.settings, self.desk(sim).plan
        wait = settings.late_seconds if when == "late" else self._around.about(settings.sms_seconds) + 0.01 * place
        self._around.later(wait, lambda: self.post.to_card(sim, plan.sender or plan.service, text))


def ussd_line(modem: "Modem", state: int, text: str, *, hexadecimal: bool = False) -> str:
    """The +CUSD line of a text in the client's character set; UCS2 in hexadecimal where the text needs it."""
    if hexadecimal or modem.profile.letters == "UCS2" or not alphabet.fits_seven_bits(text):
        return f'+CUSD: {state},"{alphabet.to_ucs2(text).hex().upper()}",{72 if not alphabet.fits_seven_bits(text) or hexadecimal else 15}'
    return f'+CUSD: {state},"{modem.in_letters(text)}",15'
