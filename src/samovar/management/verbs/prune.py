"""`prune`: remove old runs now, instead of a few at a time by the upkeep."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from samovar import clock, conf, transactions
from samovar.management.verbs import verb
from samovar.runtime.upkeep.filing import prune_files
from samovar.runtime.upkeep.pruner import prunable, prune

if TYPE_CHECKING:
    from samovar.management.terminal import Terminal
    from samovar.management.verbs import Verbs

T = TypeVar("T")


def add(verbs: Verbs) -> None:
    """Add the verb."""
    words = _("Remove old runs with their logs, as KEEP_DAYS and KEEP_FAILED_DAYS say.")
    parser = verb(verbs, "prune", _prune, help=words)
    parser.add_argument("--dry-run", action="store_true", help=_("only count them"))


def _prune(options: dict[str, Any], terminal: Terminal) -> int:
    now, is_dry = clock.now(), options["dry_run"]
    count = prunable(now).count() if is_dry else prune(now, _transact)
    files = 0 if is_dry else prune_files(now, _transact)
    if terminal.as_json:
        terminal.dump({"removed": 0 if is_dry else count, "found": count, "files": files})
        return 0
    if not (conf.options().KEEP_DAYS or conf.options().KEEP_FAILED_DAYS):
        terminal.say(_("Nothing is ever old: neither KEEP_DAYS nor KEEP_FAILED_DAYS is set."))
    words = (
        ngettext("{count} run is old enough.", "{count} runs are old enough.", count)
        if is_dry
        else ngettext("{count} run was removed.", "{count} runs were removed.", count)
    )
    terminal.write([words.format(count=count)])
    if files:
        words = ngettext(
            "{count} file that nothing refers to, or that is too old, was removed.",
            "{count} files that nothing refers to, or that are too old, were removed.",
            files,
        )
        terminal.write([words.format(count=files)])
    return 0


def _transact(function: Callable[[], T]) -> T:
    with transactions.write():
        return function()
