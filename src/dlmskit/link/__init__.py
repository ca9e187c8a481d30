"""Framings that carry APDUs: bytes and `now` in, events and bytes out."""
