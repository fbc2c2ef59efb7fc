"""The files that runs are given: into the storage, to the body, and away when no run has them.

See Note [A file's way] in jobs/files.py. They stand under `uploads/<sha256>` in the same storage
as the artifacts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _

from samovar import clock, transactions
from samovar.exceptions import InvalidParams
from samovar.jobs.files import Reference
from samovar.models import Run, Upload, UploadUse
from samovar.runtime import files

if TYPE_CHECKING:
    from typing import BinaryIO

    from django.core.files.base import File

    from samovar.jobs.job import Job

FOLDER = "uploads"
GRACE = dt.timedelta(days=1)
"""How long an upload without a run is kept: its run may be on the way, or be started again."""
BATCH = 100


def keep(job: Job[..., Any], params: Mapping[str, Any]) -> None:
    """Put the files that `params` still hold into the storage, and hold those that are there.

    Raises InvalidParams when one cannot be kept, or is there no more.
    """
    for name in job.signature.files:
        if (reference := params.get(name)) is not None and not _holds(reference["sha256"]):
            _store(name, reference)


def use(job: Job[..., Any], runs: Iterable[Run]) -> None:
    """Write which uploads the new runs have. Requires the transaction that writes them."""
    if not job.signature.files:
        return
    UploadUse.objects.bulk_create(
        UploadUse(run=run, name=name, upload_id=run.params[name]["sha256"])
        for run in runs
        for name in job.signature.files
        if run.params.get(name) is not None
    )


def open_upload(sha256: str) -> File[bytes]:
    """Return the file that has this digest, open. Raises FileNotFoundError."""
    row = Upload.objects.filter(pk=sha256).first()
    if row is None:
        raise FileNotFoundError(sha256)
    return files.storage().open(row.path)


def prune(now: dt.datetime, transact: Callable[[Callable[[], list[str]]], list[str]]) -> int:
    """Remove uploads that no run has; return how many."""
    paths = transact(lambda: _forget(now - GRACE))
    for path in paths:
        files.storage().delete(path)
    return len(paths)


def sweep(now: dt.datetime) -> int:
    """Remove files that no row knows, which a kill or a rollback has left; return how many."""
    place = files.storage()
    try:
        _folders, names = place.listdir(FOLDER)
    except FileNotFoundError:
        return 0
    paths = {f"{FOLDER}/{name}" for name in names}
    known = set(Upload.objects.values_list("path", flat=True))
    old = [path for path in paths - known if place.get_modified_time(path) < now - GRACE]
    for path in old:
        place.delete(path)
    return len(old)


def _holds(sha256: str) -> bool:
    """Keep the upload from being pruned; answer False when there is none."""
    with transactions.write():
        return Upload.objects.filter(pk=sha256).update(used_at=clock.now()) > 0


def _store(name: str, reference: Any) -> None:
    content = reference.content if isinstance(reference, Reference) else None
    if content is None:
        raise InvalidParams([(name, _("The file is not in the storage any more. Send it again."))])
    try:
        content.seek(0)
        path, size, sha256 = files.put(
            f"{FOLDER}/{reference['sha256']}", cast("BinaryIO", content)
        )
    except OSError as error:
        words = _("The file could not be kept: {why}").format(why=error.strerror or error)
        raise InvalidParams([(name, words)]) from error
    if sha256 != reference["sha256"]:
        files.storage().delete(path)
        raise InvalidParams([(name, _("The file changed while it was read. Send it again."))])
    with transactions.write():
        rows = [Upload(sha256=sha256, path=path, size=size)]
        Upload.objects.bulk_create(rows, ignore_conflicts=True)
        is_ours = Upload.objects.filter(pk=sha256, path=path).exists()
    if not is_ours:  # somebody else has sent the same at the same time
        files.storage().delete(path)


def _forget(before: dt.datetime) -> list[str]:
    rows = list(Upload.objects.unused(before).select_for_update()[:BATCH])
    Upload.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return [row.path for row in rows]
