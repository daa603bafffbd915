"""A caller for dialogues alone: no socket, no clock; keys go in, prompts come out."""

from dataclasses import dataclass, field

from ivr.desk import Desk
from ivr.dialogue.call import call
from ivr.dialogue.conversation import Conversation
from ivr.prompts import table
from ivr.steps import Ask, Keys, Say, Talk, Work
from ivr.voice import Voice
from tests.ivr.shop import LINE, Shop


@dataclass
class Talker:
    """Calls a shop's line. Each answer is for one question: keys, "" for silence, or keys with "~" at their end that silence ended."""

    shop: Shop
    line: str = LINE
    language: str = "zh"
    calls: int = 0
    fresh: list[bool] = field(default_factory=list)
    hung_up_by_us: bool = False

    def call(self, *answers: str) -> list[str]:
        """One call; the prompts in their order. When the answers are used up, the caller hangs up."""
        self.calls += 1
        return self.drive(self.dialogue(f"exchange-1700000000.{self.calls}"), *answers)

    def dialogue(self, call_id: str) -> Talk[None]:
        """A call's dialogue, not begun."""
        desk = Desk(self.shop.engine, self.line, call_id, pause=lambda _: None)
        return call(Conversation(desk, Voice(self.language)), desk.endpoint())

    def drive(self, dialogue: Talk[None], *answers: str) -> list[str]:
        """Carry a dialogue; `hung_up_by_us` says whether it came to its own end."""
        waiting, said = list(answers), list[str]()
        self.hung_up_by_us, answer = False, None
        try:
            while True:
                step = dialogue.send(answer)
                answer = None
                if isinstance(step, Say):
                    said += step.prompts
                elif isinstance(step, Work):
                    answer = step.run()
                    self.shop.carrier_answers()
                elif not waiting:
                    dialogue.close()
                    return said
                else:
                    said += step.prompts
                    answer = self._answer(step, waiting.pop(0))
        except StopIteration:
            self.hung_up_by_us = True
        assert all(table()[name].text(self.language) for name in said)
        return said

    def _answer(self, step: Ask, keys: str) -> Keys:
        self.fresh.append(step.fresh)
        assert len(keys.rstrip("~")) <= step.most
        return Keys(keys.rstrip("~"), ended=bool(keys) and not keys.endswith("~"))


def words(prompts: list[str], language: str = "zh") -> str:
    """What is heard."""
    return ("" if language == "zh" else " ").join(table()[name].text(language) for name in prompts)
