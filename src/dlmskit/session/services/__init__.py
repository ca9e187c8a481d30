"""Services as a client asks them: exchanges over whole APDUs, by logical and by short names."""
