"""The pages, and what a project's own pages beside them need."""

from samovar.web.lookup import job_or_404, run_or_404
from samovar.web.page import page
from samovar.web.rendering import render, see_other
from samovar.web.starting import start

__all__ = ["job_or_404", "page", "render", "run_or_404", "see_other", "start"]
