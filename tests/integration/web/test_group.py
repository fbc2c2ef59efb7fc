"""The page of a group, in both languages."""

from __future__ import annotations

import pytest

from samovar import clock
from samovar.models import Group, Run
from samovar.runtime.groups import submit_group
from showcase.tasks import my_task

pytestmark = pytest.mark.integration


@pytest.fixture
def group():
    group = submit_group(my_task, [{"duration": 1}] * 60)
    first, second = group.runs.order_by("id")[:2]
    Run.objects.filter(pk=first.pk).update(state="succeeded", finished_at=clock.now())
    error = {"type": "ValueError", "message": "no <tea>"}
    Run.objects.filter(pk=second.pk).update(state="failed", error=error)
    return group


def test_one_bar_and_the_failures_by_name(client, group):
    page = client.get(group.url).content.decode()

    assert "2 of 60 runs have ended" in page
    assert page.count("<progress") == 1
    assert 'value="3.3333333333333335"' in page
    assert "<code>ValueError</code>: no &lt;tea&gt;" in page
    assert page.count('class="id" href="/runs/') == 51, "a page of 50, and the failed one"


def test_it_reads_russian(russian, group):
    page = russian.get(group.url).content.decode()

    assert "закончено запусков: 2 из 60" in page
    assert "Отменить все" in page
    assert "Что не удалось" in page


def test_the_runs_are_listed_by_pages_and_states(client, group):
    first = client.get(group.url).content.decode()
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    second = client.get(group.url + following).content.decode()
    failed = client.get(f"{group.url}?state=failed").content.decode()

    assert second.count("<tr>") == 11
    assert failed.count("<tr>") == 2
    assert client.get(f"{group.url}?cursor=nonsense").status_code == 404


def test_cancel_and_again(client, group):
    assert client.post(f"{group.url}cancellation/").headers["Location"] == group.url
    assert group.tally().counts == {"succeeded": 1, "failed": 1, "cancelled": 58}

    location = client.post(f"{group.url}again/").headers["Location"]

    again = Group.objects.exclude(pk=group.pk).get()
    assert location == again.url
    assert again.size == 59
    assert "Run again what did not succeed" in client.get(group.url).content.decode()


def test_a_run_leads_to_its_group_and_to_the_one_it_follows(client, group):
    run = group.runs.last()
    follower = run.then(my_task)

    assert f'href="{group.url}"' in client.get(run.url).content.decode()
    page = client.get(follower.url).content.decode()
    assert f'Follows run <a href="{run.url}">' in page
    assert f"It waits for the success of run {run.pk}." in page


@pytest.mark.parametrize("group_id", ["nonsense", "0198aaaa-0000-7000-8000-000000000000"])
def test_an_unknown_group_is_not_found(client, group_id):
    assert client.get(f"/groups/{group_id}/").status_code == 404
