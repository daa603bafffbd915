"""Another recharge server, simulated: IRS and OtomaX addresses, answers in a line of text, callbacks by GET."""
