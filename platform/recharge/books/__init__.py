"""Storage: the tables and the statements that move money. Nobody else writes SQL on these tables."""
