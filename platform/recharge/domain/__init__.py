"""Pure decisions of the recharge engine: money, numbers, parties, prices, order states, posting rules, limits. Standard library only."""
