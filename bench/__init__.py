"""Benchmarks: each prints a table a person can read and writes bench/out/NAME.jsonl. Figures compare within one run only."""
