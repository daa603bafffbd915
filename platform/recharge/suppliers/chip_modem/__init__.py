"""Dealer chips in modems as a way out: one link for each chip (docs/chip-modems.md)."""
