"""Services as a meter answers them, a file each."""
