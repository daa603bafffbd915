"""Helpers of the test suite: database servers, scripts in the field's words, and other shared parts."""
