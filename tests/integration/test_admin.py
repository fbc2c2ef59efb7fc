"""Django's admin: the ledger to look at, the bearer tokens to make and remove."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from samovar import clock
from samovar.models import Attempt, BearerToken, Queue, Run, Worker

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

TABLES = ["run", "attempt", "worker", "queue"]


@pytest.fixture
def rows():
    """Write a row of each table, and tell where the site shows it."""
    run = Run.objects.create(
        job="my_task", state="succeeded", params={"duration": 3}, result="Tea is ready"
    )
    attempt = Attempt.objects.create(
        run=run,
        number=1,
        state="succeeded",
        token=uuid.uuid4(),
        worker_id=uuid.uuid4(),
        worker="samovar@tea",
        host="tea",
        started_at=clock.now(),
    )
    worker = Worker.objects.create(name="w", host="tea", host_key="k", pid=1, slots=2)
    queue = Queue.objects.create(name="slow", paused_at=clock.now())
    return {
        "run": (run, run.url),
        "attempt": (attempt, run.url),
        "worker": (worker, "/workers/"),
        "queue": (queue, "/workers/"),
    }


@pytest.fixture
def staff(client):
    user = get_user_model().objects.create_superuser("bob", password="b")
    client.force_login(user)
    return user


@pytest.mark.parametrize("table", TABLES)
def test_a_list_opens_and_leads_to_the_site(client, staff, rows, table):
    _row, address = rows[table]
    text = client.get(reverse(f"admin:samovar_{table}_changelist")).content.decode()
    assert f'href="{address}"' in text
    assert reverse("admin:index") + f"samovar/{table}/add/" not in text
    assert 'name="action"' not in text


@pytest.mark.parametrize("table", TABLES)
def test_a_row_opens_and_leads_to_the_site(client, staff, rows, table):
    row, address = rows[table]
    path = reverse(f"admin:samovar_{table}_change", args=[row.pk])
    text = client.get(path).content.decode()
    assert f'href="{address}"' in text
    assert 'name="_save"' not in text
    assert client.post(path, {"state": "failed"}).status_code == 403


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_added_or_removed(client, staff, rows, table):
    row, _address = rows[table]
    assert client.get(reverse(f"admin:samovar_{table}_add")).status_code == 403
    path = reverse(f"admin:samovar_{table}_delete", args=[row.pk])
    assert client.post(path, {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_person_sees_the_result_and_never_a_lease(client, staff, rows):
    run, _address = rows["run"]
    text = client.get(reverse("admin:samovar_run_change", args=[run.pk])).content.decode()
    assert "Tea is ready" in text
    assert str(Attempt.objects.get().token) not in text


def test_a_run_is_found_by_its_id(client, staff, rows):
    run, _address = rows["run"]
    for query, count in [(str(run.pk), 1), ("my_task", 1), (str(uuid.uuid4()), 0), ("x", 0)]:
        text = client.get(reverse("admin:samovar_run_changelist"), {"q": query}).content.decode()
        assert text.count(run.url) == count, query


def test_the_text_of_a_new_token_is_shown_once(client, staff):
    path = reverse("admin:samovar_bearertoken_add")
    response = client.post(path, {"user": staff.pk, "name": "ci"})
    assert "no-store" in response["Cache-Control"]
    text = response.content.decode().partition('<pre id="token">')[2].partition("</pre>")[0]
    token = BearerToken.find(text)
    assert (token.user, token.name) == (staff, "ci")
    shown = [
        reverse("admin:samovar_bearertoken_changelist"),
        reverse("admin:samovar_bearertoken_change", args=[token.pk]),
        reverse("admin:index"),
    ]
    for path in shown:
        page = client.get(path).content.decode()
        assert text not in page
        assert token.digest not in page


def test_a_token_is_removed(client, staff):
    token, _text = BearerToken.issue(staff)
    client.post(reverse("admin:samovar_bearertoken_delete", args=[token.pk]), {"post": "yes"})
    assert not BearerToken.objects.exists()
