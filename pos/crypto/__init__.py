"""What terminals' keys are used for: DES put together, MACs, PIN blocks, check values, TR-31 blocks. Pure; no key is kept here."""
