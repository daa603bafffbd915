"""POS access: ISO 8583 messages over TCP become requests to the engine."""
