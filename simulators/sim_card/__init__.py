"""A shopkeeper's SIM card with its menu: makes secured messages with its own code and keeps nonce and counter in a file."""
