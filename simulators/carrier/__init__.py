"""A provincial carrier's recharge platform, played by a process of its own with its own ledger (docs/carrier-protocol.md)."""
