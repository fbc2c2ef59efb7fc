"""How the pages say things: states in words, instants, durations, values."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from django import template
from django.template.defaultfilters import date as format_date
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from samovar import clock
from samovar.exceptions import UnknownJob
from samovar.jobs import registry
from samovar.jobs.words import paragraphs, translated
from samovar.models import AttemptState, RunState
from samovar.runtime import broker
from samovar.templatetags import durations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from samovar.models import Attempt, Run, UploadUse

register = template.Library()

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Terminal escapes, which are no text; log.js has the same pattern."""

NEIGHBOURS = 500
"""How many lines stand before the one that somebody looks up."""

_WORDS = {**dict(AttemptState.choices), **dict(RunState.choices)}


@register.filter
def state_word(state: str) -> str:
    """Return the state of a run or an attempt as people call it."""
    return str(_WORDS.get(state, state))


@register.inclusion_tag("samovar/_broker_notice.html")
def broker_notice() -> dict[str, str]:
    """Show that the broker is away, while it is."""
    return {"words": broker.words()}


@register.filter
def job_title(name: str) -> str:
    """Return the job's title; its name when the code does not have it any more."""
    try:
        return translated(registry.get(name).title)
    except UnknownJob:
        return name


@register.filter
def param_label(run: Run, name: str) -> str:
    """Return what the form of the run's job calls the param; its name when it is gone."""
    try:
        return translated(registry.get(run.job).signature[name].title)
    except (UnknownJob, KeyError):
        return name


@register.filter
def given(uploads: Mapping[str, UploadUse], name: str) -> UploadUse | None:
    """Return the use of the upload that is the param; None when it is no file."""
    return uploads.get(name)


register.filter("translated", translated)


@register.filter
def first_paragraph(text: str) -> str:
    """Return what stands before the first empty line."""
    return text.strip().split("\n\n", 1)[0]


@register.filter
def prose(text: str) -> SafeString:
    """Return a docstring's text as paragraphs; what stands in backticks is code."""
    parts = paragraphs(text)
    return format_html_join("\n", "<p>{}</p>", ((_with_code(part),) for part in parts))


def _with_code(text: str) -> SafeString:
    shapes = ("{}", "<code>{}</code>")
    parts = re.split(r"`+([^`]+)`+", text)
    return mark_safe("".join(format_html(shapes[n % 2], part) for n, part in enumerate(parts)))  # noqa: S308


@register.filter
def instant(at: dt.datetime | None) -> SafeString | str:
    """Return a <time> with the local date and time, and the zone in its title."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    day = format_date(local, "j E" if local.year == clock.now().year else "j E Y")
    shown = f"{day}, {local:%H:%M:%S}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        clock.rfc3339(at),
        f"{local:%Y-%m-%d %H:%M:%S %Z}",
        shown,
    )


@register.filter
def clock_time(seconds: float) -> str:
    """Return the time of day of an instant since the epoch, in UTC, with milliseconds."""
    return f"{clock.from_timestamp(seconds):%H:%M:%S.%f}"[:-3]


@register.filter
def took(one: Run | Attempt) -> str:
    """Return how long the run or attempt took; "" before its end, for a page does not tick."""
    if one.started_at is None or one.finished_at is None:
        return ""
    return durations.duration((one.finished_at - one.started_at).total_seconds())


register.filter("duration", durations.duration)
register.filter("time_left", durations.time_left)


@register.filter
def going_on(run: Run) -> str:
    """Return from where the last attempt went on; "" when it began anew."""
    if run.went_on_from is None:
        return ""
    done, total = run.went_on_from
    if total is None:
        return _("Goes on from {done}.").format(done=done)
    return _("Goes on from {done} of {total}.").format(done=done, total=f"{total:g}")


@register.filter
def counted(run: Run) -> str:
    """Return how much is done, of how much ("3 / 10")."""
    if run.progress_done is None:
        return ""
    numbers = [run.progress_done, run.progress_total]
    return " / ".join(
        number_format(f"{n:g}" if n % 1 else int(n)) for n in numbers if n is not None
    )


@register.filter
def plain(number: float | None) -> str:
    """Return the number as HTML attributes want it, whatever the language."""
    return str(number)


@register.filter
def whole(percent: float) -> int:
    """Return the percent that are full."""
    return int(percent)


@register.filter
def value(result: Any) -> str:
    """Return a stored value as text: a string as it is, the rest as JSON."""
    if isinstance(result, str):
        return result
    if result is None or isinstance(result, bool):
        return str(result)
    return json.dumps(result, ensure_ascii=False, indent=2)


@register.filter
def without_escapes(text: str) -> str:
    """Return the text without a terminal's escapes."""
    return ESCAPES.sub("", text) if "\x1b" in text else text


@register.filter
def marked(text: str, wanted: str) -> SafeString:
    """Return the text with each place where `wanted` stands in a <mark>."""
    shapes = ("{}", "<mark>{}</mark>")
    parts = re.split(f"({re.escape(wanted)})", text, flags=re.IGNORECASE)
    return mark_safe("".join(format_html(shapes[n % 2], part) for n, part in enumerate(parts)))  # noqa: S308


@register.filter
def around(number: int) -> str:
    """Return where a run's page shows this line among its neighbours."""
    return f"?after={max(0, number - NEIGHBOURS)}#L{number}"


@register.filter
def tab_title(run: Run) -> str:
    """Return what the browser's tab says of the run."""
    head = state_word(run.state)
    if run.state == RunState.RUNNING and run.progress_percent is not None:
        head = f"{whole(run.progress_percent)} %"
    return f"{head} · {job_title(run.job)}"


@register.simple_tag
def left_patterns() -> SafeString:
    """Return the patterns of the time left as `data-left-…` attributes, for progress.js."""
    return format_html_join(" ", 'data-left-{}="{}"', durations.left_patterns().items())


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, name: str, text: str) -> SafeString:
    """Return a link of the main navigation, marked when it leads to this page."""
    url = reverse(f"samovar:{name}")
    shape = '<a href="{}">{}</a>'
    if _request(context).path == url:
        shape = '<a href="{}" aria-current="page">{}</a>'
    return format_html(shape, url, text)


@register.simple_tag(takes_context=True)
def querystring_of(context: template.Context, **changes: str | None) -> str:
    """Return this page's query with the changes; None takes a parameter away."""
    query = _request(context).GET.copy()
    for name, new in changes.items():
        query.pop(name, None)
        if new is not None:
            query[name] = new
    return f"?{query.urlencode()}"


def _request(context: template.Context) -> HttpRequest:
    request: HttpRequest = context["request"]
    return request
