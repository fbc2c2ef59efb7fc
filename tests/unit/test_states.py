"""The drawing of the states and the code that makes the edges are the same."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

from samovar.models import FINAL, WAITING, Run, RunState

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
DRAWN = re.compile(r"^    (\w+) --> (\w+): (\w+)", re.MULTILINE)
GROUPS = {"WAITING": WAITING}


def test_each_edge_of_the_drawing_is_one_method_of_the_run() -> None:
    text = (ROOT / "docs/states.md").read_text(encoding="utf-8")
    drawn = {edge for edge in DRAWN.findall(text) if edge[0] != "[*]"}

    assert drawn == _edges_in_the_code()
    assert {frm for frm, _, _ in drawn}.isdisjoint(FINAL)


def test_nothing_else_writes_the_state() -> None:
    writers = []
    for path in (ROOT / "src/samovar").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "update":
                names = {keyword.arg for keyword in call.keywords}
                if "state" in names:
                    writers.append(path.relative_to(ROOT).as_posix())

    assert sorted(set(writers)) == ["src/samovar/models/attempt.py", "src/samovar/models/edges.py"]


def _edges_in_the_code() -> set[tuple[str, str, str]]:
    edges = set()
    for name, method in inspect.getmembers(Run, inspect.isfunction):
        if name.startswith("_"):
            continue
        for call in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(method)))):
            if not isinstance(call, ast.Call):
                continue
            attribute = getattr(call.func, "attr", "")
            if attribute == "_move":
                edges |= {(frm, _state(call.args[1]), name) for frm in _states(call.args[0])}
            elif attribute in {"_end", "_leave"}:
                edges.add((RunState.RUNNING.value, _state(call.args[0]), name))
    return edges


def _states(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Name):
        return [state.value for state in GROUPS[node.id]]
    assert isinstance(node, ast.Tuple)
    return [_state(element) for element in node.elts]


def _state(node: ast.expr) -> str:
    assert isinstance(node, ast.Attribute)
    return RunState[node.attr].value
