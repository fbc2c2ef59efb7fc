"""Groups over REST."""

from __future__ import annotations

import pytest

from samovar.runtime.groups import submit_group
from showcase.tasks import my_task

pytestmark = pytest.mark.integration


@pytest.fixture
def group():
    return submit_group(my_task, [{"duration": n} for n in range(3)])


def test_a_group_tells_its_counts(api, group):
    told = api.get(f"groups/{group.pk}").json()

    assert told["id"] == str(group.pk)
    assert (told["state"], told["size"]) == ("queued", 3)
    assert told["counts"]["queued"] == 3
    assert told["progress"] == {"done": 0, "total": 3, "percent": 0.0}
    assert told["url"] == f"/groups/{group.pk}/"


def test_its_runs_come_by_pages(api, group):
    first = api.get(f"groups/{group.pk}/runs?limit=2").json()
    second = api.get(f"groups/{group.pk}/runs?limit=2&cursor={first['next']}").json()

    durations = [run["params"]["duration"] for run in first["items"] + second["items"]]
    assert durations == [2, 1, 0]
    assert second["next"] is None
    assert api.get(f"groups/{group.pk}/runs?cursor=x").status_code == 422


def test_cancel_and_again(api, group):
    cancelled = api.post(f"groups/{group.pk}/cancellation")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    assert api.post(f"groups/{group.pk}/cancellation").status_code == 409

    again = api.post(f"groups/{group.pk}/again")
    assert (again.status_code, again.json()["size"]) == (202, 3)
    assert again["Location"] == f"/api/v1/groups/{again.json()['id']}"


@pytest.mark.parametrize("path", ["groups/x", "groups/0198aaaa-0000-7000-8000-000000000000/runs"])
def test_an_unknown_group_is_a_404(api, path):
    assert api.get(path).status_code == 404


def test_a_closed_site_shows_none(client, group, settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}

    assert client.get(f"/api/v1/groups/{group.pk}").status_code == 401
