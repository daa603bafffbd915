"""A farm of GSM modems on pseudo-terminals, with the networks behind them: SIM cards, dealers' stock, messages, and all that breaks."""
