"""The chat's forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat.models import Message, Person, Room
from chat.models.message import LONGEST

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SignUpForm(UserCreationForm):  # type: ignore[type-arg] # Django's is not generic
    """A name, an address for letters, a password."""

    email = forms.EmailField(label=_("E-mail"), help_text=_("Letters about your rooms go there."))

    class Meta(UserCreationForm.Meta):
        """Django's own user."""

        model = get_user_model()
        fields = ("username", "email")

    def save(self, commit: bool = True) -> User:  # noqa: FBT002 - Django's signature
        """Make the user, whose letters are in the language of this page."""
        user: User = super().save(commit=commit)
        Person.objects.create(user=user, language=(get_language() or "en")[:2])
        return user


class RoomForm(forms.ModelForm):  # type: ignore[type-arg] # likewise
    """A new room."""

    class Meta:
        """Its name."""

        model = Room
        fields = ("name",)
        labels = {"name": _("Name of the room")}


class MemberForm(forms.Form):
    """Whom to add. When it is valid, `user` is there."""

    username = forms.CharField(label=_("Add a person by name"), max_length=150)
    user: User

    def clean_username(self) -> str:
        """Find the person."""
        name: str = self.cleaned_data["username"]
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user is None:
            raise forms.ValidationError(_("Nobody is called “%(name)s”."), params={"name": name})
        self.user = user
        return name


class MessageForm(forms.ModelForm):  # type: ignore[type-arg] # likewise
    """What to say. The page gives each message a key, so sending twice says it once."""

    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    class Meta:
        """The text, as it was typed."""

        model = Message
        fields = ("text",)
        labels = {"text": _("Message")}
        widgets = {"text": forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST, "dir": "auto"})}


class PersonForm(forms.ModelForm):  # type: ignore[type-arg] # likewise
    """Which letters, in which language."""

    class Meta:
        """Both."""

        model = Person
        fields = ("language", "wants_digest")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].label = _("Language of letters")
