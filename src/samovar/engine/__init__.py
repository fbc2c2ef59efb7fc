"""Who carries a run's id to a worker."""
