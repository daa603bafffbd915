"""Tests of the shopkeeper's phone."""
