"""The tests of Samovar and of its demo site."""
