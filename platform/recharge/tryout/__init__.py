"""The way to try the product: every process on one machine, on SQLite, beside a simulated carrier (`kongchong run`)."""
