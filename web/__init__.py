"""Web access: the agents' self-service site, the back office and the partner API."""
