"""The two ways to Asterisk: its manager's connection (AsyncAGI, over asterisk-ami) and calls of its own to us (FastAGI)."""
