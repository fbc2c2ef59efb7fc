"""Help for tests of a project that uses Samovar."""
