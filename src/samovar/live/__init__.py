"""How news of a run reaches its viewers."""
