"""Bring the message catalogues in step with the code: `make messages`.

Each folder's strings are found anew. A translation that exists is kept, never guessed: what is new
stands untranslated at the end of the catalogue, is printed, and makes the exit code 1. The words
of the demo's jobs are in its catalogue too (Note [Words of a job] in samovar/jobs/words.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django
import polib

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "src/samovar", ROOT / "demo")
CATALOGUE = "locale/ru/LC_MESSAGES/django.po"
MAKE = ("-P", "-m", "django", "makemessages", "-l", "ru", "--no-obsolete", "--no-location")
HEADER = {
    "Language": "ru",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
        "(n%100<10 || n%100>=20) ? 1 : 2);"
    ),
}


def found(folder: Path) -> polib.POFile:
    """Return a catalogue of all strings of a folder, without translations."""
    with tempfile.TemporaryDirectory(prefix="messages-") as scratch:
        copy = Path(scratch) / folder.name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("locale", "__pycache__"))
        (copy / CATALOGUE).parent.mkdir(parents=True)
        subprocess.run([sys.executable, *MAKE], cwd=copy, check=True, capture_output=True)
        catalogue = polib.pofile(str(copy / CATALOGUE))
    known = {entry.msgid for entry in catalogue}
    for text in words_of_jobs(folder):
        if text not in known:
            known.add(text)
            catalogue.append(polib.POEntry(msgid=text))
    return catalogue


def words_of_jobs(folder: Path) -> list[str]:
    """Return what the jobs declared below a folder say to people."""
    from samovar.jobs import registry, words

    jobs = [job for job in registry.all() if Path(job.place).is_relative_to(folder)]
    return [text for job in jobs for text in words.messages(job)]


def merged(old: polib.POFile, new: polib.POFile) -> polib.POFile:
    """Return the new strings with the old translations, in the old order."""
    catalogue = polib.POFile(wrapwidth=99)
    catalogue.metadata = {"Project-Id-Version": "samovar", **HEADER}
    kept = {_key(entry): entry for entry in old if not entry.fuzzy}
    places = {key: place for place, key in enumerate(kept)}
    for entry in sorted(new, key=lambda entry: places.get(_key(entry), len(places))):
        if translated := kept.get(_key(entry)):
            entry.msgstr, entry.msgstr_plural = translated.msgstr, translated.msgstr_plural
        entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
        catalogue.append(entry)
    return catalogue


def _key(entry: polib.POEntry) -> tuple[str | None, str]:
    return entry.msgctxt, entry.msgid


def write(folder: Path) -> list[str]:
    """Write a folder's catalogue and compile it; return what is not translated yet."""
    path = folder / CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    old = polib.pofile(str(path)) if path.exists() else polib.POFile()
    catalogue = merged(old, found(folder))
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return [entry.msgid for entry in catalogue if not entry.translated()]


def main() -> int:
    """Write all catalogues."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    missing = [text for folder in FOLDERS for text in write(folder)]
    for text in missing:
        print(f"Not translated: {text!r}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
