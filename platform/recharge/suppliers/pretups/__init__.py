"""Comviva PreTUPS, the channel platform of many carriers, by its external gateway (EXTGW): XML commands over HTTP."""
