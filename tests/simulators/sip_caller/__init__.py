"""Tests of the SIP caller."""
