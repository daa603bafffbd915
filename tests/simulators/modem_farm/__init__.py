"""Tests of the simulated modem farm: by pyserial scripts, by clients we did not write, and by properties."""
