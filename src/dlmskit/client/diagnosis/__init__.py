"""Why something failed: what was heard, how far things had come, and likely causes, most likely first."""
