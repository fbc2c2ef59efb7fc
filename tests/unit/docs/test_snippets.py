"""The code that a document shows is the source's own."""

from __future__ import annotations

import pytest

from scripts.snippets import BLOCK, ROOT, documents, in_step

pytestmark = pytest.mark.unit

SHOWING = [path for path in documents() if BLOCK.search(path.read_text(encoding="utf-8"))]
SOURCE = "<!-- source: demo/config/urls.py urlpatterns -->\n\n```python\nurlpatterns = []\n```\n"


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: path.name)
def test_each_block_is_the_source(path):
    text = path.read_text(encoding="utf-8")
    words = f"{path.name} shows code that has changed: `.venv/bin/python -m scripts.snippets`"
    assert in_step(text) == text, words


def test_a_block_that_differs_is_replaced():
    fresh = in_step("Before\n\n" + SOURCE + "\nAfter\n")
    assert 'path("admin/", admin.site.urls),' in fresh
    assert fresh.startswith("Before\n")
    assert fresh.endswith("```\n\nAfter\n")


def test_what_is_gone_is_named():
    with pytest.raises(LookupError, match="'nothing' of demo"):
        in_step(SOURCE.replace("urlpatterns -->", "nothing -->"))
    with pytest.raises(LookupError, match="demo/config/none"):
        in_step(SOURCE.replace("urls.py", "none.py"))


def test_a_method_is_shown_by_itself_with_its_decorators():
    marker = "<!-- source: scripts/venv.sh -->\n```sh\nold\n```\n"
    assert (ROOT / "scripts/venv.sh").read_text() in in_step(marker)
    method = SOURCE.replace("config/urls.py urlpatterns", "showcase/views.py my_view")
    assert "```python\n@page\n@require_safe\ndef my_view(" in in_step(method)
