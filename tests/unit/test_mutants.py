"""The list of the guards keeps step with the sources."""

from __future__ import annotations

import pytest

from tests.mutants.guards import MUTANTS
from tests.rig.site import ROOT

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_guard_stands_where_its_mutant_looks_for_it(mutant):
    source = (ROOT / "src" / "samovar" / mutant.file).read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1
    assert all((ROOT / word).exists() for word in mutant.tests if word.startswith("tests/"))
