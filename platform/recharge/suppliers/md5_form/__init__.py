"""Aggregators of the Chinese market: form or query in, JSON or XML out, signed with MD5, result told by an asynchronous notice."""
