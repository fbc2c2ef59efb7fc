"""Bring the code that the documents show in step with the source: `python -m scripts.snippets`.

A document names what a block shows in a comment above it: `<!-- source: PATH -->` is a whole file,
`<!-- source: PATH NAME -->` one function, class, method (`Class.method`) or constant, and
`<!-- source: PATH FIRST..LAST -->` all from one to the other. The block is the source's own text.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"(?P<head><!-- source: (?P<path>\S+?)(?: (?P<name>\S+))? -->\n+```\w*\n).*?(?P<tail>^```$)",
    re.DOTALL | re.MULTILINE,
)


def documents() -> list[Path]:
    """Return every document of the repository that people read."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def in_step(text: str) -> str:
    """Return a document with each block as its source stands now.

    Raises LookupError when a comment names what is not there.
    """
    return BLOCK.sub(lambda block: block["head"] + _shown(block) + block["tail"], text)


def _shown(block: re.Match[str]) -> str:
    path, name = block["path"], block["name"]
    try:
        source = (ROOT / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LookupError(f"A document shows {path}, and there is no such file.") from None
    if name is None:
        return source
    first, _, last = name.partition("..")
    top, bottom = _find(source, path, first), _find(source, path, last or first)
    lines = source.splitlines()[_first_line(top) - 1 : bottom.end_lineno]
    return textwrap.dedent("\n".join(lines)) + "\n"


def _find(source: str, path: str, name: str) -> ast.stmt:
    found: ast.Module | ast.stmt = ast.parse(source)
    for part in name.split("."):
        body: list[ast.stmt] = getattr(found, "body", [])
        found = next((each for each in body if part in _names(each)), None)  # type: ignore[assignment]
        if found is None:
            raise LookupError(f"A document shows {name!r} of {path}, which is not there any more.")
    return found  # type: ignore[return-value]


def _names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement gives a value to."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    targets = statement.targets if isinstance(statement, ast.Assign) else ()
    yield from (target.id for target in targets if isinstance(target, ast.Name))


def _first_line(statement: ast.stmt) -> int:
    """Return where a statement begins, its decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    return min(each.lineno for each in [statement, *decorators])


def main() -> int:
    """Write the documents anew and say which have changed."""
    for path in documents():
        text = path.read_text(encoding="utf-8")
        if (fresh := in_step(text)) != text:
            path.write_text(fresh, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} shows the source again.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
