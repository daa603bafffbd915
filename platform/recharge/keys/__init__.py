"""Key store: the local master key, wrapped secrets, service passwords and logins."""
