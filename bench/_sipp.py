"""Many callers at once by sipp: a shopkeeper who keys a recharge blindly, as a sipp scenario, and what it has to tell afterwards."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# sipp sends its keys as payload type 96, whatever was agreed, one each 0.4 seconds.
SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="recharge">
<send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:10658@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:10658@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=caller 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15
]]></send>
<recv response="100" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rtd="1" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<pause milliseconds="1000"/>
KEYS
<recv request="BYE" timeout="30000"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""
_KEY_SECONDS = 0.4
# What is keyed, how many keys that is, and how long the caller waits then: for the read-back to begin, and for the result.
_STEPS = (("1", 1, 0.8), ("[field1]#", 12, 0.8), ("[field2]#", 3, 0.8), ("[field3]#", 7, 1.5), ("1", 1, 5.0), ("0", 1, 0.5))


@dataclass(frozen=True, slots=True)
class Order:
    """What one caller keys."""

    line: str
    number: str
    amount: int
    password: str


@dataclass(frozen=True, slots=True)
class Told:
    """How many calls came to their end as planned, and how long each waited until it was taken (seconds)."""

    good: int
    set_up: list[float]


def call(folder: Path, port: int, own_port: int, media_port: int, orders: Sequence[Order], rate: int) -> Told:
    """All orders, each by a call of its own, `rate` new calls a second, all of them at once if they last as long."""
    steps = "".join(
        f'<nop><action><exec play_dtmf="{keys}"/></action></nop><pause milliseconds="{int(1000 * (count * _KEY_SECONDS + wait))}"/>'
        for keys, count, wait in _STEPS
    )
    (folder / "recharge.xml").write_text(SCENARIO.replace("KEYS", steps))
    lines = [f"{order.line};{order.number};{order.amount};{order.password}" for order in orders]
    (folder / "orders.csv").write_text("\n".join(["SEQUENTIAL", *lines]) + "\n")
    count = str(len(orders))
    words = ["sipp", f"127.0.0.1:{port}", "-sf", "recharge.xml", "-inf", "orders.csv", "-m", count, "-l", count, "-r", str(rate)]
    words += [
        "-i",
        "127.0.0.1",
        "-p",
        str(own_port),
        "-mi",
        "127.0.0.1",
        "-mp",
        str(media_port),
        "-nostdin",
        "-trace_rtt",
        "-rtt_freq",
        "1",
    ]
    words += ["-trace_stat", "-fd", "1", "-timeout", "180"]
    with (folder / "sipp.out").open("wb") as output:
        subprocess.run(words, cwd=folder, stdout=output, stderr=output, check=False)
    return Told(_good(folder), _set_up(folder))


def _good(folder: Path) -> int:
    rows = [line.split(";") for file in folder.glob("recharge_*_.csv") for line in file.read_text().splitlines()]
    column = rows[0].index("SuccessfulCall(C)")
    return int(rows[-1][column])


def _set_up(folder: Path) -> list[float]:
    rows = [line.split(";") for file in folder.glob("*_rtt.csv") for line in file.read_text().splitlines()[1:]]
    return [float(row[1]) / 1000 for row in rows if len(row) > 1]
