"""A stand-in for Asterisk that speaks its manager's interface and our dialplan, for tests that want many calls and rare faults."""
