"""The log of a run: its end, the way to the rest, an attempt's part, and what is searched for."""

from __future__ import annotations

import time

import pytest

from samovar.models import Chunk
from samovar.runtime import lines as log
from samovar.types import Batch
from tests.integration.web.conftest import Page

NUMBERS = ["x", "-1", "9" * 400, "²"]


@pytest.fixture
def two_attempts(make_run, make_attempt):
    """Write a run whose first attempt said 1,500 lines, its second 3."""
    run = make_run("failed", error={"type": "E", "message": "m"})
    for number, first, count in ((1, 1, 900), (1, 901, 600), (2, 1501, 3)):
        texts = [f"line {n} of attempt {number}" for n in range(first, first + count)]
        Chunk.pack(run.pk, number, first, [Batch(time.time(), "stdout", "info", texts)]).save()
    for number in (1, 2):
        make_attempt(run, number=number, state="failed")
    run.attempt, run.log_lines = 2, 1503
    run.save()
    return run


def shown(response) -> list[int]:
    """Return the numbers of the lines on a page."""
    found = [attributes for _tag, attributes, _texts in Page(response).elements]
    return [int(one["data-n"]) for one in found if "data-n" in one]


def test_a_long_log_shows_its_end_and_a_way_to_the_rest(client, make_run):
    run = make_run("succeeded", lines=[f"line {n}" for n in range(1, 2501)])
    response = client.get(f"/runs/{run.pk}/")
    assert shown(response) == list(range(1501, 2501))
    assert "?after=500#log" in Page(response).links()
    response = client.get(f"/runs/{run.pk}/?after=500")
    assert shown(response) == list(range(501, 1501))
    assert {"?after=0#log", "?after=1500#log", f"/runs/{run.pk}/#log"} <= set(
        Page(response).links()
    )
    assert "data-api" not in response.content.decode()


@pytest.mark.parametrize("name", ["after", "attempt"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_cannot_be_is_not_found(client, make_run, name, number):
    run = make_run("succeeded", lines=["one"])
    assert client.get(f"/runs/{run.pk}/", {name: number}).status_code == 404


def test_each_attempt_has_its_own_log(client, two_attempts):
    address = f"/runs/{two_attempts.pk}/"
    assert {"?attempt=1#log", "?attempt=2#log"} <= set(Page(client.get(address)).links())
    second = client.get(f"{address}?attempt=2")
    assert shown(second) == [1501, 1502, 1503]
    [earlier] = Page(second).attributes("p", data_earlier=None)
    assert "hidden" in earlier
    first = client.get(f"{address}?attempt=1")
    assert shown(first) == list(range(501, 1501))
    assert "?attempt=1&after=0#log" in Page(first).links()
    rest = client.get(f"{address}?attempt=1&after=0")
    assert shown(rest) == list(range(1, 1001))
    assert "?attempt=1&after=1000#log" in Page(rest).links()


def test_an_attempt_without_lines_shows_none(client, two_attempts):
    response = client.get(f"/runs/{two_attempts.pk}/?attempt=7")
    assert response.status_code == 200
    assert shown(response) == []


def test_the_whole_log_marks_where_an_attempt_begins(client, two_attempts):
    page = Page(client.get(f"/runs/{two_attempts.pk}/"))
    begins = [one["data-n"] for one in page.attributes("div", data_begins="attempt 2")]
    assert begins == ["1501"]


class TestSearch:
    def test_it_shows_the_lines_found_with_a_way_to_their_neighbours(self, client, two_attempts):
        response = client.get(f"/runs/{two_attempts.pk}/", {"find": " LINE 77 of"})
        page = Page(response)
        assert shown(response) == [77]
        assert page.texts("mark") == ["line 77 of"]
        assert "?after=0#L77" in page.links()
        assert "1 line found." in page.texts("main")[0]
        [field] = page.attributes("input", name="find")
        assert field["value"] == "LINE 77 of"

    def test_it_keeps_to_an_attempt(self, client, two_attempts):
        response = client.get(f"/runs/{two_attempts.pk}/?find=line&attempt=2")
        assert shown(response) == [1501, 1502, 1503]

    def test_it_goes_on_behind_what_it_shows(self, client, two_attempts):
        response = client.get(f"/runs/{two_attempts.pk}/?find=attempt")
        assert shown(response) == list(range(1, 1001))
        following = "?find=attempt&after=1000#log"
        assert following in Page(response).links()
        assert shown(client.get(f"/runs/{two_attempts.pk}/{following}")) == list(range(1001, 1504))

    def test_what_is_searched_for_is_text(self, client, two_attempts):
        for text in (".*", "(", "<b>"):
            response = client.get(f"/runs/{two_attempts.pk}/", {"find": text})
            assert response.status_code == 200
            assert "0 lines found." in response.content.decode()
            assert "<b>" not in response.content.decode()

    def test_nothing_is_searched_for_without_a_text(self, client, two_attempts):
        response = client.get(f"/runs/{two_attempts.pk}/?find=+")
        assert len(shown(response)) == 1000

    def test_a_search_looks_only_so_far(self, make_run, monkeypatch):
        run = make_run("succeeded", lines=[f"line {n}" for n in range(1, 31)])
        monkeypatch.setattr(log, "SEARCHED", 10)
        found = log.find(run.pk, "line")
        assert ([line.n for line in found.lines], found.next) == (list(range(1, 11)), 10)
        found = log.find(run.pk, "line", after=20)
        assert (found.lines[-1].n, found.next) == (30, None)
