"""A concentrator (NAC, 网控器), simulated: one connection to the host carries the calls of hundreds of terminals."""
