"""What any worker may do for all: each a Config and run_once()."""
