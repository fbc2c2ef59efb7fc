"""The jobs that run under chaos."""
