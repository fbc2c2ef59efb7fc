#!/usr/bin/env python
"""Run Django's commands on the demo site, from a clone, without any variable."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Put the clone's own folders on the path, and let Django do the rest."""
    root = Path(__file__).resolve().parent
    sys.path[:0] = [str(root / "src"), str(root / "demo")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
