"""Ways out: one folder a link kind, all of one shape, one contract for all."""
