"""The worker that sends orders out and brings unknown ones to an end."""
