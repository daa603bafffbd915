"""Command status values (SMPP 3.4, 5.1.3) and what they mean for a message of ours."""

from enum import IntEnum


class Status(IntEnum):
    """Those an ESME or a centre has to tell apart; any other number is passed on as it came."""

    ROK = 0x00
    RINVMSGLEN = 0x01
    RINVCMDLEN = 0x02
    RINVCMDID = 0x03
    RINVBNDSTS = 0x04
    RALYBND = 0x05
    RSYSERR = 0x08
    RINVSRCADR = 0x0A
    RINVDSTADR = 0x0B
    RBINDFAIL = 0x0D
    RINVPASWD = 0x0E
    RINVSYSID = 0x0F
    RMSGQFUL = 0x14
    RSUBMITFAIL = 0x45
    RTHROTTLED = 0x58
    RX_T_APPN = 0x64
    RX_P_APPN = 0x65
    RX_R_APPN = 0x66
    RQUERYFAIL = 0x67
    RINVPARLEN = 0xC2
    RUNKNOWNERR = 0xFF


THROTTLING = frozenset({Status.RTHROTTLED, Status.RMSGQFUL})
"""Come again later, slower."""

PASSING = frozenset({Status.RSYSERR, Status.RX_T_APPN})
"""Surely not taken, and may be taken another time."""


def name_of(status: int) -> str:
    """ESME_..., or the number."""
    try:
        return f"ESME_{Status(status).name}"
    except ValueError:
        return f"0x{status:08X}"
