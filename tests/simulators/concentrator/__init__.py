"""The simulated concentrator against the tests' own host on raw sockets."""
