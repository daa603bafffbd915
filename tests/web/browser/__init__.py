"""The site in a real browser, as a person at a counter uses it."""
