"""How single values lie in a PDU: numbers, strings ended by a zero octet, counted octets, address lists, TLVs (SMPP 3.4, 3.1, 5.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stk_sms.smpp.status import Status


class MalformedPdu(ValueError):
    """Octets that are no PDU: the field, the position in the PDU (its first octet is 0), and the status to answer with."""

    def __init__(self, field: str, position: int, reason: str, status: int = Status.RINVCMDLEN) -> None:
        super().__init__(f"{field} at {position}: {reason}")
        self.field, self.position, self.reason, self.status = field, position, reason, int(status)


class Unencodable(ValueError):
    """A value that the field cannot carry."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


class Wire(Protocol):
    """One kind of field."""

    def pack(self, value: Any, field: str) -> bytes:
        """Octets of a value. Raises Unencodable."""
        ...

    def unpack(self, data: bytes, position: int, field: str) -> tuple[Any, int]:
        """The value at a position, and the position behind it. Raises MalformedPdu."""
        ...


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number of so many octets, the highest first."""

    octets: int = 1

    def pack(self, value: int, field: str) -> bytes:
        try:
            return value.to_bytes(self.octets, "big")
        except OverflowError:
            raise Unencodable(field, f"{value} needs more than {self.octets} octets") from None

    def unpack(self, data: bytes, position: int, field: str) -> tuple[int, int]:
        end = position + self.octets
        if end > len(data):
            raise MalformedPdu(field, position, "the PDU ends too early")
        return int.from_bytes(data[position:end], "big"), end


@dataclass(frozen=True, slots=True)
class Octets:
    """Several numbers of one octet each, one after the other, by their names."""

    names: tuple[str, ...]

    def pack(self, value: Sequence[int], field: str) -> bytes:
        try:
            return bytes(value)
        except ValueError:
            wrong = next(name for name, number in zip(self.names, value, strict=True) if not 0 <= number <= 255)
            raise Unencodable(wrong, "needs more than 1 octets") from None

    def unpack(self, data: bytes, position: int, field: str) -> tuple[bytes, int]:
        end = position + len(self.names)
        if end > len(data):
            missing = max(len(data) - position, 0)
            raise MalformedPdu(self.names[missing], position + missing, "the PDU ends too early")
        return data[position:end], end


@dataclass(frozen=True, slots=True)
class CString:
    """Text ended by a zero octet; `most` counts that octet too. Octets above 127 are read as Latin-1, so nothing is lost."""

    most: int

    def pack(self, value: str, field: str) -> bytes:
        if not value:
            return b"\0"
        try:
            octets = value.encode("latin-1")
        except UnicodeEncodeError:
            raise Unencodable(field, "not Latin-1") from None
        if len(octets) >= self.most or 0 in octets:
            raise Unencodable(field, f"more than {self.most - 1} octets, or a zero in it")
        return octets + b"\0"

    def unpack(self, data: bytes, position: int, field: str) -> tuple[str, int]:
        end = data.find(b"\0", position, position + self.most)
        if end < 0:
            raise MalformedPdu(field, position, f"no end within {self.most} octets", Status.RINVPARLEN)
        return data[position:end].decode("latin-1"), end + 1


@dataclass(frozen=True, slots=True)
class Counted:
    """Octets behind an octet that counts them."""

    def pack(self, value: bytes, field: str) -> bytes:
        if len(value) > 255:
            raise Unencodable(field, "more than 255 octets")
        return bytes([len(value)]) + value

    def unpack(self, data: bytes, position: int, field: str) -> tuple[bytes, int]:
        start = position + 1
        if start > len(data):
            raise MalformedPdu(field, position, "the PDU ends too early")
        length = data[position]
        end = start + length
        if end > len(data):
            raise MalformedPdu(field, position, f"{length} octets are told, {len(data) - start} are there", Status.RINVMSGLEN)
        return data[start:end], end


@dataclass(frozen=True, slots=True)
class Destination:
    """One receiver of a submit_multi: an address, or the name of a distribution list (4.5.1.1)."""

    address: str = ""
    ton: int = 0
    npi: int = 0
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class Unsuccessful:
    """One receiver a submit_multi did not reach, and why (4.5.2.1)."""

    ton: int
    npi: int
    address: str
    error: int


_ADDRESS, _LIST_NAME, _OCTET, _STATUS = CString(21), CString(21), Integer(), Integer(4)


@dataclass(frozen=True, slots=True)
class Destinations:
    """The counted receivers of a submit_multi."""

    def pack(self, value: tuple[Destination, ...], field: str) -> bytes:
        return _OCTET.pack(len(value), field) + b"".join(self._one(receiver, field) for receiver in value)

    def _one(self, receiver: Destination, field: str) -> bytes:
        if receiver.list_name:
            return b"\x02" + _LIST_NAME.pack(receiver.list_name, field)
        return b"\x01" + _OCTET.pack(receiver.ton, field) + _OCTET.pack(receiver.npi, field) + _ADDRESS.pack(receiver.address, field)

    def unpack(self, data: bytes, position: int, field: str) -> tuple[tuple[Destination, ...], int]:
        count, position = _OCTET.unpack(data, position, field)
        found = []
        for _ in range(count):
            receiver, position = self._read(data, position, field)
            found.append(receiver)
        return tuple(found), position

    def _read(self, data: bytes, position: int, field: str) -> tuple[Destination, int]:
        flag, behind = _OCTET.unpack(data, position, field)
        if flag == 2:
            name, behind = _LIST_NAME.unpack(data, behind, field)
            return Destination(list_name=name), behind
        if flag != 1:
            raise MalformedPdu(field, position, f"{flag} is no kind of destination", Status.RINVPARLEN)
        ton, behind = _OCTET.unpack(data, behind, field)
        npi, behind = _OCTET.unpack(data, behind, field)
        address, behind = _ADDRESS.unpack(data, behind, field)
        return Destination(address, ton, npi), behind


@dataclass(frozen=True, slots=True)
class UnsuccessfulList:
    """The counted receivers a submit_multi did not reach."""

    def pack(self, value: tuple[Unsuccessful, ...], field: str) -> bytes:
        pieces = [
            _OCTET.pack(one.ton, field) + _OCTET.pack(one.npi, field) + _ADDRESS.pack(one.address, field) + _STATUS.pack(one.error, field)
            for one in value
        ]
        return _OCTET.pack(len(value), field) + b"".join(pieces)

    def unpack(self, data: bytes, position: int, field: str) -> tuple[tuple[Unsuccessful, ...], int]:
        count, position = _OCTET.unpack(data, position, field)
        found = []
        for _ in range(count):
            ton, position = _OCTET.unpack(data, position, field)
            npi, position = _OCTET.unpack(data, position, field)
            address, position = _ADDRESS.unpack(data, position, field)
            error, position = _STATUS.unpack(data, position, field)
            found.append(Unsuccessful(ton, npi, address, error))
        return tuple(found), position


@dataclass(frozen=True, slots=True)
class Tlv:
    """One optional parameter."""

    tag: int
    value: bytes = b""


@dataclass(frozen=True, slots=True)
class Tlvs:
    """Optional parameters up to the end of the PDU, in any order; some may come more than once."""

    def pack(self, value: tuple[Tlv, ...], field: str) -> bytes:
        if not value:
            return b""
        pieces = (Integer(2).pack(one.tag, field) + Integer(2).pack(len(one.value), f"{field} {one.tag:04X}") + one.value for one in value)
        return b"".join(pieces)

    def unpack(self, data: bytes, position: int, field: str) -> tuple[tuple[Tlv, ...], int]:
        if position == len(data):
            return (), position
        found = []
        while position < len(data):
            if position + 4 > len(data):
                raise MalformedPdu(field, position, "a tag and a length need four octets", Status.RINVMSGLEN)
            tag, length = int.from_bytes(data[position : position + 2], "big"), int.from_bytes(data[position + 2 : position + 4], "big")
            end = position + 4 + length
            if end > len(data):
                raise MalformedPdu(f"{field} {tag:04X}", position, f"{length} octets are told", Status.RINVMSGLEN)
            found.append(Tlv(tag, data[position + 4 : end]))
            position = end
        return tuple(found), position
