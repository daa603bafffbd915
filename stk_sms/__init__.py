"""SMS access: STK secured packets, plain-text commands and USSD become requests to the engine."""
