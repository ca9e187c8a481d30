"""Wired M-Bus: frames, the master of a bus and the meters on it, as machines without input and output."""
