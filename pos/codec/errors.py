"""The one error of the codec: which field, where in the frame, and what is wrong with it. No octets of the message."""


class FrameError(Exception):
    """Octets that are no message, or values that make none.

    `field` is the field's number (0: TPDU, header, MTI or bitmap); `position` counts octets from the beginning of what was read.
    """

    def __init__(self, field: int, position: int, why: str) -> None:
        super().__init__(f"field {field} at {position}: {why}")
        self.field, self.position, self.why = field, position, why
