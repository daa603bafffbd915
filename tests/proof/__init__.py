"""Proofs over the whole engine: a simulated world with planted faults, and a kill at every step of an order's life."""
