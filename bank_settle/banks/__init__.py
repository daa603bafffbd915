"""Our bank accounts: statements in, deposits to agents, payments out, and what the bank says of them."""
