"""An app whose jobs give back what they are given."""
