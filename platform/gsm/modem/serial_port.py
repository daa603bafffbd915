"""A serial port by pyserial: opened for ourselves alone, read by one thread."""

import os
import select
from contextlib import suppress

import serial

READ_SECONDS = 0.5
WRITE_SECONDS = 5.0


class CutOff(OSError):
    """The port failed while something was written. `written` octets had gone before."""

    def __init__(self, why: str, written: int) -> None:
        super().__init__(why)
        self.written = written


class SerialPort:
    """An open port. Raises OSError (serial.SerialException is one) when it cannot be opened or is held by another process."""

    def __init__(self, path: str, baud: int = 115200) -> None:
        self._serial = serial.Serial(path, baud, timeout=READ_SECONDS, exclusive=True)

    def read(self) -> bytes:
        """What has come, at least one octet, or nothing after READ_SECONDS. Raises OSError."""
        return bytes(self._serial.read(max(1, min(self._serial.in_waiting, 4096))))

    def write(self, octets: bytes) -> None:
        """Send all octets. Raises CutOff, which says how many had left."""
        written = 0
        try:
            while written < len(octets):
                if not select.select([], [self._serial.fileno()], [], WRITE_SECONDS)[1]:
                    raise CutOff("the port takes nothing", written)
                written += os.write(self._serial.fileno(), octets[written:])
        except (OSError, ValueError, TypeError) as error:
            raise CutOff(str(error), written) from None

    def close(self) -> None:
        """Give the port back; safe to call twice."""
        with suppress(OSError, TypeError, AttributeError):
            self._serial.cancel_read()
        with suppress(OSError):
            self._serial.close()
