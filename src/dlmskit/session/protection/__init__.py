"""What protects APDUs: envelopes, keys, counters, and what a security policy demands."""
