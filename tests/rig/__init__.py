"""What the tests stand on: their environment, real servers on free ports, and waiting."""
