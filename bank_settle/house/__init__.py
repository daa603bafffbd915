"""The house's own day: cut-off, the frozen balances of every account, commission, and the signatures that close it all."""
