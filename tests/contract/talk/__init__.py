"""Jobs that begin to talk when a test lets them."""
