"""A GSM modem on a serial port: its lines, one command at a time, start-up, SIM store, USSD and SIM toolkit (3GPP TS 27.005, 27.007)."""
