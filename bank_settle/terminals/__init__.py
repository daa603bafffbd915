"""Reconciliation with terminals: a batch's totals as the terminal told them, the engine's memory of its requests, and the postings."""
