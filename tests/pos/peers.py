"""psec, the library that the channel's ciphers are measured by.

It looks for TripleDES where its own library used to keep it and is warned at every call; it is given the new place instead.
"""

import warnings

import psec.des
import psec.mac
from cryptography.hazmat.decrepit.ciphers import algorithms as moved
from psec import des, mac, pinblock, tr31

for _module in (psec.des, psec.mac):
    vars(_module)["_algorithms"] = moved

__all__ = ["des", "key_block", "mac", "pinblock"]


def key_block(version: str, protection: bytes, key: bytes, usage: str = "K0", **blocks: str) -> str:
    """A TR-31 block as psec writes it, for TDES, with optional blocks by their names."""
    header = tr31.Header(version, usage, "T", "D", "00", "E")
    for name, value in blocks.items():
        header.blocks[name] = value
    with warnings.catch_warnings():
        # Its keys of 16 octets are warned about; ours are of that length by the standard.
        warnings.simplefilter("ignore")
        return str(tr31.KeyBlock(protection, header).wrap(key))
