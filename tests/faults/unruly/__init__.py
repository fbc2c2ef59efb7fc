"""An app of all the jobs that do what no job should."""
