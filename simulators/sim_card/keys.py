"""Where a card's keys come from when it is made: the issuer's master keys and the number printed on it."""

from simulators.sim_card.blocks import cmac, forward

_KEY_PARTS = {"3des2": 2, "3des3": 3}


def derive(kind: str, master: bytes, iccid: str, version: int, role: str) -> bytes:
    """A card's key for a role, KIc or KID."""
    if kind == "aes":
        padded = iccid + "F" * (20 - len(iccid))
        return cmac(master, b"\x01" + bytes.fromhex(padded) + bytes([version]) + role.encode())
    factor = bytes.fromhex(iccid[len(iccid) - 16 :])
    inputs = [factor, bytes(255 - octet for octet in factor), factor[4:] + factor[:4]]
    encrypt = forward("3des2", odd_parity(master))
    return odd_parity(b"".join(encrypt(one) for one in inputs[: _KEY_PARTS[kind]]))


def odd_parity(key: bytes) -> bytes:
    """Each octet with its lowest bit set so that it has an odd number of ones."""
    return bytes(octet ^ (octet.bit_count() + 1) % 2 for octet in key)
