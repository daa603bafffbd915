"""+CUSD in all its forms."""

import pytest

from gsm import alphabet, septets
from gsm.modem.ussd import UssdSaid, UssdState, command, read


def hexadecimal(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


def test_what_is_sent() -> None:
    assert command("*777*1#") == 'AT+CUSD=1,"*777*1#",15'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('+CUSD: 0,"Pulsa 10.000",15', UssdSaid(UssdState.DONE, "Pulsa 10.000")),
        ('+CUSD: 1,"1.Ya\n2.Tidak",15', UssdSaid(UssdState.ANSWER_WANTED, "1.Ya\n2.Tidak")),
        ("+CUSD: 2", UssdSaid(UssdState.ENDED_BY_NETWORK)),
        ("+CUSD: 4", UssdSaid(UssdState.NOT_SUPPORTED)),
        ("+CUSD:5", UssdSaid(UssdState.TIME_OUT)),
        ("+CUSD: 9", UssdSaid(None)),
        (f'+CUSD: 0,"{hexadecimal("充值成功")}",72', UssdSaid(UssdState.DONE, "充值成功")),
        (f'+CUSD: 0,"{hexadecimal("Stok 10rb")}",15', UssdSaid(UssdState.DONE, "Stok 10rb")),
        (f'+CUSD: 0,"656E{hexadecimal("hi 充")}",17', UssdSaid(UssdState.DONE, "hi 充")),
        ('+CUSD: 0,"12345678",15', UssdSaid(UssdState.DONE, "12345678")),
        ('+CUSD: 0,"say "hi"",15', UssdSaid(UssdState.DONE, 'say "hi"')),
        ('+CUSD: 0,"cut off', UssdSaid(UssdState.DONE, "cut off")),
        ('+CUSD: 0,"no scheme"', UssdSaid(UssdState.DONE, "no scheme")),
    ],
)
def test_what_is_read(line: str, said: UssdSaid) -> None:
    assert read(line) == said


def test_packed_septets_are_read() -> None:
    packed = septets.pack(alphabet.encode("Stok Anda: 10rb=5")).hex().upper()
    assert read(f'+CUSD: 0,"{packed}",15') == UssdSaid(UssdState.DONE, "Stok Anda: 10rb=5")


@pytest.mark.parametrize("line", ["+CUSD: x", "+CUSD:", "+CREG: 1"])
def test_what_is_none(line: str) -> None:
    assert read(line) is None
