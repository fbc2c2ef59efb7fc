"""A template for tests: forked from a process of its own, because pytest may have threads.

Usage: launcher.py SOCKET. The socket is the template's end of the line to its worker.
"""

from __future__ import annotations

import os
import socket
import sys

import django

if __name__ == "__main__":
    django.setup()
    from samovar.runner.template import serve
    from tests.integration.runner import jobs, leaving, steps, unruly  # noqa: F401 - they enter the registry

    serve(os.getppid(), socket.socket(fileno=int(sys.argv[1])), None)
