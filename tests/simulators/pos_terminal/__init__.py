"""The simulated terminal against published vectors and a host of the tests' own."""
