"""The rest of the world, simulated: carrier, terminals, modems and bank, sharing no code with the engine."""
