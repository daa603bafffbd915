"""Voice access: a call through Asterisk becomes a request to the engine, and the answer is read out."""
