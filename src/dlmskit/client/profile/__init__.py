"""Load profiles: planned, read piece by piece over breaking lines, and handed on as rows, columns and files."""
