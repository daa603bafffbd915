"""The engine's operations, one module a group, all of one shape (registry.py)."""
