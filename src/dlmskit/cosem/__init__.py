"""The object model: interface classes, access rights, selective access, and OBIS codes in English."""
