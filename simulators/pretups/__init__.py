"""A PreTUPS gateway, simulated: XML commands over HTTP, as public clients of it expect."""
