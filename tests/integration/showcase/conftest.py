"""An open site, read as the pages' own tests read it."""

from tests.integration.web.conftest import english, make_run, open_site, russian

__all__ = ["english", "make_run", "open_site", "russian"]
