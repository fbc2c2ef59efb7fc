"""Jobs that do nothing but what is measured."""
