"""Fields that have an inside: the elements of recharges, batch and trace, settlement's totals and items, keys and parameters."""
