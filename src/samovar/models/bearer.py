"""Bearer tokens: with one a program is let in as a person."""

from __future__ import annotations

import datetime as dt
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from samovar import clock

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

PREFIX = "samovar_"
"""By it people, and programs that look for leaked secrets, know what they have before them."""
RANDOM_BYTES = 32
USE_GRAIN = dt.timedelta(minutes=10)
"""A use is written down at most so often."""


class BearerToken(models.Model):
    """The right to be taken for `user`. What is kept is a digest: nobody can read the token again.

    A digest without salt will do, for there is nothing to guess in 256 random bits.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    """Which program has it, in its owner's words."""
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    """The last use, to ten minutes."""

    class Meta:
        """Names for people."""

        verbose_name = _("bearer token")
        verbose_name_plural = _("bearer tokens")

    def __str__(self) -> str:
        """Return whose it is and its name."""
        return f"{self.user} {self.name}".strip()

    @classmethod
    def issue(cls, user: AbstractBaseUser, name: str = "") -> tuple[Self, str]:
        """Return a stored token of `user` and, this one time, its text."""
        token = cls(user=user, name=name)
        text = token.renew()
        token.save(force_insert=True)
        return token, text

    @classmethod
    def find(cls, text: str) -> Self | None:
        """Return the token with this text, if its user may still come in."""
        found = cls.objects.select_related("user").filter(digest=_digest(text)).first()
        return found if found is not None and found.user.is_active else None

    def renew(self) -> str:
        """Take a new text, without storing it, and return it."""
        text = f"{PREFIX}{secrets.token_urlsafe(RANDOM_BYTES)}"
        self.digest = _digest(text)
        return text

    def is_use_due(self, now: dt.datetime) -> bool:
        """Return whether a use at `now` should be written down."""
        return self.used_at is None or now - self.used_at >= USE_GRAIN

    def note_use(self, now: dt.datetime) -> None:
        """Write down that it was used."""
        type(self).objects.filter(pk=self.pk).update(used_at=now)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
