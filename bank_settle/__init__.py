"""The day's close: what carriers, banks and the books say of a day is brought together, differences become cases, and the day is locked."""
