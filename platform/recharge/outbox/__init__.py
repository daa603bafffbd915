"""Messages to agents and customers: written in the same transaction as what they tell, sent from here."""
