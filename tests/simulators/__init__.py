"""Tests of the simulated rest of the world."""
