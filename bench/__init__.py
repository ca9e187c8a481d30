"""Our times and sizes beside gurux-dlms: `python -m bench`, see docs/explanation for what the rows mean."""
