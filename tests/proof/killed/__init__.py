"""A process killed at every step of an order's life, and what recovery makes of it."""
