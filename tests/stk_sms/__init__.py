"""Tests of SMS access."""
