"""The recharge engine: takes orders in, holds the money, sends them out, and ends each one on evidence."""
