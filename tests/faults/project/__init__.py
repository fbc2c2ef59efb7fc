"""The demo site with jobs that are worth killing."""
