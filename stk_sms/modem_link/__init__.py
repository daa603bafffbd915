"""Links through a modem with a SIM of its own: the inbox and the sender of a small shop, without a contract with a network's centre."""
