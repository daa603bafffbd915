"""Codes that are told to people: each stands once, with its words."""

from enum import StrEnum
from typing import Self


class Worded(StrEnum):
    """`NAME = "code", _("words")`: the code is the member and its value, the words, in Chinese, are its `text`."""

    text: str

    def __new__(cls, code: str, text: str = "") -> Self:
        made = str.__new__(cls, code)
        made._value_ = code
        made.text = text
        return made
