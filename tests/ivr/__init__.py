"""Tests of voice access."""
