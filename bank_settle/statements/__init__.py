"""Bank statements in whatever form a bank sends them, read into one shape and checked whole."""
