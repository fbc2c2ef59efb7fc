"""The site for an ASGI server, static files included: `uvicorn config.asgi:application`.

`bounded` refuses a large upload before it is read, `warmed` lets nobody wait for what is loaded
late.
"""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from config.static import with_static_files
from samovar.asgi import bounded, warmed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = warmed(bounded(with_static_files(get_asgi_application())))
