"""Tests of the SMPP codec, sessions, both sides, receipts and USSD."""
