"""A POS terminal as the field knows it, simulated: keys, batch, reversal file, slips; on a page or on the command line."""
