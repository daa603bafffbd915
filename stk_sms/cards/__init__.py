"""SIM cards: who holds which, their key versions, their counters, and what may come from them."""
