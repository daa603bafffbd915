"""Tests of how text and headers lie in a short message."""
