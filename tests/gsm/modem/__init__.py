"""Tests of modems on serial ports."""
