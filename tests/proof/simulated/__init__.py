"""A deterministic world around the engine's own code: time, network, carrier, agents and crashes, all from one seed."""
