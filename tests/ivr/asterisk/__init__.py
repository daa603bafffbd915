"""Tests of the ways to Asterisk."""
