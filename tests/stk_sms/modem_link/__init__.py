"""Tests of links through modems."""
