"""What was read of a meter, kept: as a file, as a cache, and as a meter that can be asked offline."""
