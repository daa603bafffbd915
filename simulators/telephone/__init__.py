"""A telephone to play the shopkeeper with: a page or a terminal that dials, shows and plays what is heard, and has keys to press."""
