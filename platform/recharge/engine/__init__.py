"""Use cases: take an order in, finish it, reverse, transfer, enquire, change password; thin, over domain and books."""
