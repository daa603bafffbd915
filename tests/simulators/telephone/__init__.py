"""Tests of the simulated telephone."""
