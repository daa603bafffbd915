"""psec, the library that the channel's ciphers are measured by.

It asks for TripleDES where its own library used to keep it, and with two keys instead of three, and is warned at every call: it is
given the same cipher in its new place, with the third key written out.
"""

from types import SimpleNamespace

import psec.des
import psec.mac
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from psec import des, mac, pinblock, tr31

_moved = SimpleNamespace(TripleDES=lambda key: TripleDES(key + key[:8] if len(key) == 16 else key))
for _module in (psec.des, psec.mac):
    vars(_module)["_algorithms"] = _moved

__all__ = ["des", "mac", "pinblock", "tr31"]
