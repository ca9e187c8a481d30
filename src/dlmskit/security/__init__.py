"""Protect and unprotect octets, prove identities, keep invocation counters; no APDUs here."""
