"""Our times and sizes beside gurux-dlms; docs/explanation/speed.md says what the rows mean."""
