"""A short message service centre, played by a process of its own: phones on one side, SMPP applications on the other."""
