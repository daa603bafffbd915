"""Commands of the gateway: what is read, and everything else that is refused."""

import pytest

from recharge.suppliers.pretups.codec import BadMessage, command, read

ANSWER = b"<COMMAND><TYPE>EXRCTRFRESP</TYPE><TXNSTATUS> 200 </TXNSTATUS><MESSAGE/></COMMAND>"


@pytest.mark.parametrize(
    "prologue",
    [
        b"",
        b'<?xml version="1.0"?>\n',
        b'<?xml version="1.0" encoding="UTF-8"?>',
        b'<?xml version="1.0"?><!DOCTYPE COMMAND PUBLIC "-//Ocam//DTD XML Command 1.0//EN" "xml/command.dtd">\r\n',
    ],
)
def test_an_answer_is_read_under_each_of_its_heads(prologue: bytes) -> None:
    told = read(prologue + ANSWER)
    assert (told.get("TXNSTATUS"), told.get("MESSAGE"), told.get("TXNID")) == ("200", "", "")


def test_records_are_read_apart() -> None:
    told = read(b"<COMMAND><TYPE>T</TYPE><RECORD><BALANCE>1</BALANCE></RECORD><RECORD><BALANCE>2</BALANCE></RECORD></COMMAND>")
    assert [record["BALANCE"] for record in told.records] == ["1", "2"]
    assert dict(told.fields) == {"TYPE": "T"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"<COMMAND>",
        b"<OTHER/>",
        b"<COMMAND><A>1</A><A>2</A></COMMAND>",
        b"<COMMAND><A><B>1</B></A></COMMAND>",
        b"<COMMAND><RECORD><A><B/></A></RECORD></COMMAND>",
        b"<COMMAND><!-- x --></COMMAND>",
        b'<!DOCTYPE COMMAND [<!ENTITY a "b">]><COMMAND><A>&a;</A></COMMAND>',
        b'<!DOCTYPE COMMAND SYSTEM "http://127.0.0.1/x"><COMMAND/>',
        b"<COMMAND><A>&undefined;</A></COMMAND>",
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        read(body)


def test_what_is_written_reads_back_whatever_is_in_it() -> None:
    text = "<&> 充值"
    assert read(command("T", {"A": text})).get("A") == text
