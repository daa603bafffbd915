"""A shopkeeper's phone on a page: the menu of the SIM card, and the SMS that come back to the shop and to its customers."""
