"""The form that says when a schedule ticks; the job's own fields stand beside it."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from samovar import clock
from samovar.models import CatchUp, Overlap, Schedule
from samovar.rhythm import Cron, Every, InvalidRhythm, Once, Rhythm, instant_of, zone_of
from samovar.web.widgets import TypedInput

UNITS = {
    "minutes": (60, _("minutes")),
    "hours": (3600, _("hours")),
    "days": (86400, _("days")),
    "seconds": (1, _("seconds")),
}


class LocalTime(forms.Field):
    """A local date and time, as a browser's `datetime-local` writes it; its zone is elsewhere."""

    widget = TypedInput("datetime-local")

    def to_python(self, value: Any) -> dt.datetime | None:
        """Return the naive time."""
        if value in self.empty_values:
            return None
        try:
            return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        except ValueError:
            message = _("Give a date and a time, as 2026-01-31T09:30.")
            raise forms.ValidationError(message) from None


class ScheduleForm(forms.Form):
    """When, in which zone, and what else a schedule says. When it is valid, `rhythm` is there."""

    prefix = "_schedule"  # what begins with an underscore is no field of a job

    name = forms.CharField(label=_("Name"), max_length=100)
    how = forms.ChoiceField(
        label=_("When"),
        choices=[("every", _("Every")), ("cron", _("By cron")), ("at", _("Once, at"))],
        widget=forms.RadioSelect,
        initial="every",
    )
    count = forms.IntegerField(label=_("How many"), required=False, initial=5, min_value=1)
    unit = forms.ChoiceField(
        label=_("Unit"), choices=[(name, word) for name, (_seconds, word) in UNITS.items()]
    )
    cron = forms.CharField(
        label=_("Cron expression"),
        max_length=100,
        required=False,
        help_text=_("minute, hour, day of month, month, day of week: 0 9 * * 1-5"),
    )
    at = LocalTime(label=_("Date and time"), required=False)
    zone = forms.CharField(
        label=_("Time zone"), max_length=64, help_text=_("of cron and of the date; an IANA name")
    )
    overlap = forms.ChoiceField(
        label=_("If the earlier run has not ended"), choices=Overlap.choices
    )
    catch_up = forms.ChoiceField(
        label=_("Ticks that were missed because nothing ran"), choices=CatchUp.choices
    )
    ends_at = LocalTime(label=_("Until"), required=False)

    def __init__(self, data: Any = None, *, title: str = "") -> None:
        super().__init__(data)
        self.rhythm: Rhythm | None = None
        self.initial = {"name": title, "zone": settings.TIME_ZONE}
        self.fields["zone"].widget = forms.Select(choices=[(zone, zone) for zone in _zones()])
        for name in ("count", "unit", "cron", "at"):  # they stand beside a label of another field
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def clean_name(self) -> str:
        """Refuse a name that another schedule has."""
        name: str = self.cleaned_data["name"]
        if Schedule.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is a schedule of this name. Choose another one."))
        return name

    def clean(self) -> dict[str, Any]:
        """Make the rhythm, and hang what is wrong with it on its field."""
        given = self.cleaned_data
        try:
            zone_of(given.get("zone", ""))
            self.rhythm = self._rhythm(given)
            if given.get("ends_at"):
                given["ends_at"] = instant_of(given["ends_at"], given["zone"])
            self._refuse_never(given.get("how"), given.get("ends_at"))
        except InvalidRhythm as error:
            self.add_error("count" if error.field == "every" else error.field, str(error))
        return given

    def _rhythm(self, given: dict[str, Any]) -> Rhythm | None:
        how = given.get("how")
        if how == "cron":
            return Cron(given.get("cron") or "", given["zone"])
        if how == "at" and given.get("at") is None:
            if "at" not in self.errors:
                self.add_error("at", _("Give a date and a time, as 2026-01-31T09:30."))
            return None
        if how == "at":
            return Once(instant_of(given["at"], given["zone"]))
        seconds, _word = UNITS[given.get("unit") or "minutes"]
        return Every(float((given.get("count") or 0) * seconds))

    def _refuse_never(self, how: str | None, ends_at: dt.datetime | None) -> None:
        """Refuse what would not tick once."""
        first = self.rhythm.after(clock.now()) if self.rhythm else None
        if self.rhythm and first is None:
            self.add_error("at" if how == "at" else "cron", _("This time will not come any more."))
        elif first and ends_at and first > ends_at:
            self.add_error("ends_at", _("The end is before the first time."))


def _zones() -> list[str]:
    """Return the names of the zones that people live in, the site's own and UTC first."""
    first = dict.fromkeys([settings.TIME_ZONE, "UTC"])
    known = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
    )
    return list(first | dict.fromkeys(known))
