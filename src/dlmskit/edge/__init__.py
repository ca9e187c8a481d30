"""Sockets, in-memory pipes, files, the clock and randomness: the one place with input and output."""
