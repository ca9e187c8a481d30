"""The one place with input and output: sockets, pipes, files, clock, randomness."""
