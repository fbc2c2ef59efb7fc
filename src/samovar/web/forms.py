"""The start form of a job: a view of its Signature.

The fields here only show and collect texts. Whether they are right is the Signature's business
(`validate_text`), so form, API and command refuse the same things in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from samovar import conf
from samovar.exceptions import InvalidParams
from samovar.jobs.files import Reference
from samovar.jobs.parameter import Parameter
from samovar.jobs.shape import Kind
from samovar.jobs.signature import Signature
from samovar.jobs.text import to_text
from samovar.jobs.values import Unfit
from samovar.jobs.words import translated
from samovar.web.widgets import widget_of


class JobForm(forms.Form):
    """The form that starts a job.

    When it is valid, `params` has what `submit` of the runtime takes. A name in `data` that is no
    field is refused, but for the CSRF token and the page's own fields, whose names begin with an
    underscore. `params` given at the start (of an earlier run) fill the fields, and its files are
    taken again unless others are chosen; otherwise the defaults do. `confirm` is what the person
    has to agree to, by a box with a tick.

    Beside a refused field the page shows its errors in an element with the id "<auto_id>_error",
    and help in "<auto_id>_helptext": the field's `aria-describedby` names them.
    """

    def __init__(
        self,
        signature: Signature,
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile[bytes]] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        confirm: str = "",
    ) -> None:
        super().__init__(data, files)
        self.signature = signature
        self.params: dict[str, Any] = {}
        self.kept = {name: kept for name in signature.files if (kept := (params or {}).get(name))}
        for parameter in signature.parameters:
            self.fields[parameter.name] = JobField(parameter)
            if not parameter.is_file and (shown := _shown(parameter, params or {})):
                self.initial[parameter.name] = shown[0]
        if confirm:
            self.fields["_confirm"] = ConfirmField(confirm)

    def clean(self) -> dict[str, Any]:
        """Give the typed texts to the Signature and hang its complaints on their fields."""
        doubled = [each.name for each in self.signature.parameters if self._is_doubled(each.name)]
        for name in doubled:
            self.add_error(name, _("Give one value only."))
        try:
            files: dict[str, Any] = {name: self.files[name] for name in self.files or ()}
            self.params = self.signature.validate_text(self._texts(), self._kept() | files)
        except InvalidParams as invalid:
            for name, message in invalid.errors:
                if name in self.fields:
                    self._complain(name, message, doubled)
                else:
                    self.add_error(None, f"{name}: {message}")
        return self.params

    def _complain(self, name: str, message: str, doubled: list[str]) -> None:
        if name not in doubled:
            self.add_error(name, message)

    def _is_doubled(self, name: str) -> bool:
        many = self.signature[name].shape.kind is Kind.CHOICES
        is_doubled = len(self._sent().getlist(name)) > 1
        return (not many and is_doubled) or len(_several(self.files, name)) > 1

    def _kept(self) -> dict[str, Any]:
        """Return the earlier run's files, whose fields were left empty."""
        return {name: Reference(kept) for name, kept in self.kept.items()}

    def _texts(self) -> dict[str, list[str]]:
        """Return the texts of all names but our own, as the Signature reads them."""
        sent = self._sent()
        given = {name: sent.getlist(name) for name in sent if not _is_ours(name)}
        for parameter in self.signature.parameters:
            texts = _as_given(parameter, given.get(parameter.name, []))
            if texts is None:
                given.pop(parameter.name, None)
            else:
                given[parameter.name] = texts
        return given

    def _sent(self) -> MultiValueDict[str, str]:
        if isinstance(self.data, MultiValueDict):
            return self.data
        return MultiValueDict({name: [text] for name, text in self.data.items()})


class JobField(forms.Field):
    """A field that shows one parameter and lets every text through to the Signature."""

    def __init__(self, parameter: Parameter) -> None:
        kind = parameter.shape.kind
        described = translated(parameter.description)
        super().__init__(
            required=parameter.required
            and kind not in (Kind.BOOLEAN, Kind.CHOICES)
            and not parameter.shape.is_optional,
            widget=widget_of(parameter),
            label=translated(parameter.title),
            help_text=_with_limit(described) if parameter.is_file else described,
        )

    def clean(self, value: Any) -> Any:
        """Return the text as it is."""
        return value

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        """Bind to a form."""
        return JobBoundField(form, self, field_name)


class ConfirmField(forms.BooleanField):
    """The box that a person ticks to agree; it never stands ticked by itself."""

    def __init__(self, words: str) -> None:
        missing = _("Tick this box to agree; the job has not been started.")
        super().__init__(label=translated(words), error_messages={"required": missing})

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        """Bind to a form."""
        return JobBoundField(form, self, field_name)


class JobBoundField(BoundField):
    """A bound field that says in its own markup that it is refused, and what describes it."""

    @property
    def kept(self) -> dict[str, Any] | None:
        """The file of an earlier run that is taken when no other is chosen."""
        return getattr(self.form, "kept", {}).get(self.name)

    def build_widget_attrs(self, attrs: Any, widget: Any = None) -> dict[str, Any]:
        """Add `aria-invalid` and `aria-describedby`, which older Djangos leave out in part."""
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        described_by = [f"{self.auto_id}_helptext"] if self.help_text else []
        if self.errors:
            built["aria-invalid"] = "true"
            described_by.append(f"{self.auto_id}_error")
        if described_by:
            built["aria-describedby"] = " ".join(described_by)
        return built


def _with_limit(described: str) -> str:
    """Add how large a file may be to the help of its field."""
    words = _("At most {limit} MB.").format(limit=conf.options().UPLOAD_MEGABYTES)
    return f"{described} {words}".strip()


def _several(files: Any, name: str) -> list[Any]:
    return files.getlist(name) if isinstance(files, MultiValueDict) else []


def _is_ours(name: str) -> bool:
    return name == "csrfmiddlewaretoken" or name.startswith("_")


def _as_given(parameter: Parameter, texts: list[str]) -> list[str] | None:
    """Return what the texts of a form mean, or None for a field that was left out.

    A browser sends nothing for a box without its tick, and an empty text for a field that nobody
    filled in.
    """
    kind = parameter.shape.kind
    if kind is Kind.BOOLEAN and not parameter.shape.is_optional:
        return texts or ["false"]
    if kind is Kind.CHOICES:
        return texts
    if kind is Kind.LIST:
        return [line for text in texts for line in text.splitlines() if line.strip()]
    if kind is Kind.FILE:
        return [text for text in texts if text] or None
    if parameter.required and texts == [""] and not parameter.shape.is_optional:
        return None
    return texts or None


def _shown(parameter: Parameter, params: Mapping[str, Any]) -> list[Any]:
    """Return in a list what the widget shows at first; an empty list when that is nothing."""
    value, shape = parameter.default, parameter.shape
    if _still_fits(parameter, params):
        value = params[parameter.name]
    elif parameter.required:
        return []
    if shape.kind is Kind.BOOLEAN and not shape.is_optional:
        return [value]
    if shape.item is None or value is None:
        return [to_text(shape, value)]
    texts = [to_text(shape.item, member) for member in value]
    return [texts if shape.kind is Kind.CHOICES else "\n".join(texts)]


def _still_fits(parameter: Parameter, params: Mapping[str, Any]) -> bool:
    """Return whether `params` has a value of the parameter; the job may have changed since."""
    if parameter.name not in params:
        return False
    try:
        parameter.store(params[parameter.name])
    except Unfit:
        return False
    return True
