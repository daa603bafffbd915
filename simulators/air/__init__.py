"""An Ericsson AIR node, simulated on Python's own XML-RPC server: subscribers with balances, refills, adjustments."""
