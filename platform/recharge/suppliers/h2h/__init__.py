"""Another server as supplier (H2H), as OtomaX and IRS speak: an HTTP GET, and a line of text that reply rules read."""
