"""How numbers, phone numbers and money are read out: lists of prompts, by the rules of Chinese, English and Indonesian."""

from collections.abc import Callable

_LARGEST = 10**12
Prompts = list[str]
_LIANG, _YAO = "number/liang", "number/yao"


def number(value: int, language: str) -> Prompts:
    """A whole number from 0 to below 10**12, as a count is read."""
    if not 0 <= value < _LARGEST:
        raise ValueError(value)
    return _READINGS[language](value)


def digits(text: str, language: str) -> Prompts:
    """A phone number or code, digit by digit; in Chinese 1 is read 幺, so that nobody hears 七. Other characters are not read."""
    told = [character for character in text if character.isascii() and character.isdigit()]
    return [_YAO if language == "zh" and digit == "1" else f"number/{digit}" for digit in told]


def money(amount_minor: int, currency: str, minor_digits: int, language: str) -> Prompts:
    """An amount in minor units with its currency: 两百零五元五角, two hundred five yuan fifty fen."""
    sign = ["unit/minus"] if amount_minor < 0 else []
    units, fraction = divmod(abs(amount_minor), 10**minor_digits)
    if currency == "CNY":
        return sign + _yuan(units, fraction, language)
    return sign + _other(units, fraction, minor_digits, currency, language)


def _yuan(units: int, fraction: int, language: str) -> Prompts:
    said = [*_counted(units, language), "unit/yuan"] if units or not fraction else []
    if language != "zh":
        return said + ([*number(fraction, language), "unit/fen"] if fraction else [])
    jiao, fen = divmod(fraction, 10)
    if jiao:
        said += [*_counted(jiao, language), "unit/jiao"]
    elif fen and units:
        # 五元零三分: without the zero three fen would be heard as three jiao.
        said += ["number/0"]
    return said + ([*_counted(fen, language), "unit/fen"] if fen else [])


def _other(units: int, fraction: int, minor_digits: int, currency: str, language: str) -> Prompts:
    """A currency that has no small coins of its own names here: 12.50 is read twelve point five zero."""
    said = number(units, language)
    if fraction:
        said += ["unit/point", *(f"number/{digit}" for digit in f"{fraction:0{minor_digits}d}")]
    return said + (["unit/rupiah"] if currency == "IDR" else [])


def _counted(value: int, language: str) -> Prompts:
    """A number before what it counts: 两元, not 二元."""
    return [_LIANG] if language == "zh" and value == 2 else number(value, language)


def _chinese(value: int) -> Prompts:
    """By groups of four digits: 一万二千, 两百零五, 十二. A gap of zeros is read once."""
    if value == 0:
        return ["number/0"]
    said: Prompts = []
    for size in (10**8, 10**4, 1):
        group = value // size % 10**4
        if group == 0:
            continue
        # A zero is heard where the group's thousands are missing, or where a whole group between was.
        gap = bool(said) and (group < 1000 or value // size // 10**4 % 10 == 0)
        said += ["number/0"] if gap else []
        first = not said
        said += [_LIANG] if size > 1 and group == 2 and first else _group(group, first=first)
        said += [f"number/{size}"] if size > 1 else []
    return said


def _group(group: int, *, first: bool) -> Prompts:
    """One to four digits. At the head of a number 两 stands before 千 and 百, and 一 is left out before 十."""
    said: Prompts = []
    waiting = False
    for size in (1000, 100, 10, 1):
        digit = group // size % 10
        if digit == 0:
            waiting = bool(said)
            continue
        said += ["number/0"] if waiting else []
        waiting = False
        head = first and not said
        if not (head and size == 10 and digit == 1):
            said.append(_LIANG if head and size >= 100 and digit == 2 else f"number/{digit}")
        said += [f"number/{size}"] if size > 1 else []
    return said


def _english(value: int) -> Prompts:
    """Two hundred five; twelve thousand."""
    said: Prompts = []
    for size in (10**9, 10**6, 1000):
        if value >= size:
            said += [*_english(value // size), f"number/{size}"]
            value %= size
    if value >= 100:
        said += [f"number/{value // 100}", "number/100"]
        value %= 100
    if value >= 20:
        said.append(f"number/{value // 10 * 10}")
        value %= 10
    return [*said, f"number/{value}"] if value or not said else said


def _indonesian(value: int) -> Prompts:
    """Dua ratus lima; seribu, dua ribu; sebelas, dua belas, dua puluh."""
    for size in (10**9, 10**6, 1000, 100):
        if value >= size:
            head, rest = divmod(value, size)
            return _indonesian_head(head, size) + (_indonesian(rest) if rest else [])
    if value >= 20:
        return [f"number/{value // 10}", "number/tens", *([f"number/{value % 10}"] if value % 10 else [])]
    if value >= 12:
        return [f"number/{value - 10}", "number/teen"]
    return [f"number/{value}"]


def _indonesian_head(head: int, size: int) -> Prompts:
    if head == 1 and size in (100, 1000):
        return ["number/one-hundred" if size == 100 else "number/one-thousand"]
    return [*_indonesian(head), f"number/{size}"]


_READINGS: dict[str, Callable[[int], Prompts]] = {"zh": _chinese, "en": _english, "id": _indonesian}
