"""Tests of the POS channel."""
