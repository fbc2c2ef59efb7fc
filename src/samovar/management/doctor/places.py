"""What lies outside: viewers' transport, Flower, the mail server, the data folder."""

from __future__ import annotations

import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from samovar import conf
from samovar.live.centrifugo import Api, Message, NotPushed
from samovar.management.doctor.finding import Finding, amber, green, red

GIB = 1 << 30
LEAST_GIB = 0.1
FEW_GIB = 1.0
SECONDS = 3.0


def live() -> Iterator[Finding]:
    """Look at what carries news to viewers."""
    options = conf.options()
    if not options.CENTRIFUGO_URL:
        yield green("live", _("Viewers follow by Server-Sent Events."))
        return
    api = Api(options.CENTRIFUGO_URL, options.CENTRIFUGO_HTTP_API_KEY)
    try:
        api.publish([Message.of("doctor", "look", None, {})])
    except NotPushed as error:
        words = _("Centrifugo does not take news ({error}); viewers follow more slowly.")
        remedy = _("Start it, and compare CENTRIFUGO_URL and the API key with it.")
        yield red("live", words.format(error=error), remedy)
    else:
        yield green("live", _("Centrifugo takes news."))
    finally:
        api.close()


def flower() -> Iterator[Finding]:
    """Look whether Flower lets strangers in."""
    url = conf.options().FLOWER_URL
    if not url:
        return
    try:
        # The address passed the system checks: http or https.
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310 - see above
            words = _("{url} lets anybody in, who may then see and stop every run.")
            yield red("flower", words.format(url=url), _("Set FLOWER_BASIC_AUTH=NAME:PASSWORD."))
    except urllib.error.HTTPError:
        yield green("flower", _("{url} asks for its password.").format(url=url))
    except OSError:
        yield green("flower", _("{url} cannot be reached from here.").format(url=url))


def mail() -> Iterator[Finding]:
    """Look at the mail server."""
    connection = get_connection()
    try:
        connection.open()
        connection.close()
    except OSError as error:
        words = _("The mail server does not answer: {error}").format(error=error)
        yield red("e-mail", words, _("Start it, and compare EMAIL_HOST (EMAIL_URL) with it."))
    else:
        folder = getattr(settings, "EMAIL_FILE_PATH", None)
        is_file = "filebased" in settings.EMAIL_BACKEND
        words = _("Letters are files in {folder}.") if is_file else _("The mail server answers.")
        yield green("e-mail", words.format(folder=folder))


def data() -> Iterator[Finding]:
    """Look at the data folder."""
    folder = conf.options().DATA
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"samovar")
    except OSError as error:
        words = _("{folder} cannot be written: {error}").format(folder=folder, error=error)
        yield red("data", words, _("Change its owner, or SAMOVAR['DATA'] (SAMOVAR_DATA)."))
        return
    free = shutil.disk_usage(folder).free / GIB
    words = _("{folder}: {free:.1f} GiB are free.").format(folder=folder, free=free)
    if free < FEW_GIB:
        make = red if free < LEAST_GIB else amber
        yield make("data", words, _("Free some space: a full disk stops every run."))
    else:
        yield green("data", words)
