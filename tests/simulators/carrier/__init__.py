"""Tests of the simulated carrier platform."""
