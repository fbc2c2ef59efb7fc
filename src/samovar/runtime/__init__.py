"""Verbs over several tables, one file each."""
