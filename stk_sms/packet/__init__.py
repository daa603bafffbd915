"""Secured packets as the SIM card sends them (3GPP TS 31.115, ETSI TS 102 225): checked, opened, typed; no database here."""

from stk_sms.packet.body import Body, StkOperation, parse_body, write_body
from stk_sms.packet.command import CommandPacket, OpenedPacket, open_command, parse_command, seal_command
from stk_sms.packet.diversify import CardKeys, card_keys, check_iccid
from stk_sms.packet.errors import PacketError, ResponseStatus
from stk_sms.packet.level import Algorithm, Level, check_level
from stk_sms.packet.receipt import Receipt, open_receipt

__all__ = [
    "Algorithm",
    "Body",
    "CardKeys",
    "CommandPacket",
    "Level",
    "OpenedPacket",
    "PacketError",
    "Receipt",
    "ResponseStatus",
    "StkOperation",
    "card_keys",
    "check_iccid",
    "check_level",
    "open_command",
    "open_receipt",
    "parse_body",
    "parse_command",
    "seal_command",
    "write_body",
]
