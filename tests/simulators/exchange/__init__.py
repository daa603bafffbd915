"""Tests of the stand-in for Asterisk."""
