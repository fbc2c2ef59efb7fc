"""What the showcase's templates need."""
