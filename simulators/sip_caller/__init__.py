"""A caller with a SIP telephone: dials, presses keys, and knows which prompts it heard. Written from the standards."""
