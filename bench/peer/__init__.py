"""What Samovar is measured beside."""
