"""The provincial carrier's recharge platform: signed XML over HTTP, as docs/carrier-protocol.md says."""
