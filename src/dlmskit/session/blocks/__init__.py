"""APDUs longer than one may be: blocks of a service, and general blocks below every service."""
