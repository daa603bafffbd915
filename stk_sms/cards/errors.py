"""What staff can be told at the desk of cards."""

from enum import StrEnum


class CardProblem(StrEnum):
    """Why a command at the desk was not carried out."""

    BAD_FILE = "bad_file"
    BAD_KEY = "bad_key"
    BAD_KEY_SET = "bad_key_set"
    UNKNOWN_CARD = "unknown_card"
    NO_KEY_VERSION = "no_key_version"
    NO_VERSION_LEFT = "no_version_left"
    WRONG_STATE = "wrong_state"


class CardError(Exception):
    """One problem with the facts its text needs. Nothing was changed."""

    def __init__(self, problem: CardProblem, **facts: str) -> None:
        super().__init__(f"{problem.value} {facts}")
        self.problem, self.facts = problem, facts
