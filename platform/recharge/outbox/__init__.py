"""Messages to agents and customers: their texts, and the worker that hands them to the channels' senders."""
