"""A bank that is played: it keeps one account, takes payment files in, makes statements, and lets noisy deposits arrive."""
