"""What the simulated suppliers share: a ledger of their own, ways to behave, how an answer travels, and notices to their customers."""
