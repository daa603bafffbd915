"""Tests of the link over HTTP."""
