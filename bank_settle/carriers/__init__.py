"""Reconciliation with carriers: our attempts and what was booked for them, line by line against the carrier's statement."""
