"""Tests of the simulated short message service centre."""
