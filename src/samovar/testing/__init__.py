"""Help for tests of a project that uses Samovar."""

from samovar.testing.inline import inline

__all__ = ["inline"]
