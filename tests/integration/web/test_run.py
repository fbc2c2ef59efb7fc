"""The page of a run."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from samovar.models import Run
from samovar.runtime.cancel import cancel
from tests.integration.web.conftest import Page

UNSAFE = "<script>alert(1)</script>&\x1b[31mred\x1b[0m"


def refreshes(response) -> bool:
    return bool(Page(response).attributes("meta", http_equiv="refresh")) or (
        b'http-equiv="refresh"' in response.content
    )


def test_each_line_stands_once_in_the_only_log(client, make_run):
    run = make_run("running", lines=[f"line {n}" for n in range(450)])
    page = Page(client.get(f"/runs/{run.pk}/"))
    logs = [one for one in page.elements if one[1].get("role") == "log"]
    assert len(logs) == 1
    lines = [one for one in page.elements if (one[1].get("id") or "").startswith("L")]
    assert ["".join(texts) for _, _, texts in lines] == [f"line {n}" for n in range(450)]
    assert "".join(logs[0][2]) == "".join(f"line {n}" for n in range(450))


def test_what_a_job_says_is_text(client, make_run):
    run = make_run(
        "failed",
        lines=[UNSAFE],
        params={"num_seconds": UNSAFE},
        error={"type": "Error", "message": UNSAFE},
        traceback=UNSAFE,
    )
    content = client.get(f"/runs/{run.pk}/").content.decode()
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;red</div>" in content


def test_progress_and_the_time_left(client, make_run):
    run = make_run("running", progress_done=30.0, progress_total=60.0, progress_percent=50.0)
    page = Page(client.get(f"/runs/{run.pk}/"))
    [bar] = page.attributes("progress")
    assert (bar["value"], bar["max"]) == ("50.0", "100")
    assert page.texts("p", class_="figures")[0].startswith("50 % 30 / 60")


def test_a_failed_run_says_why_before_its_log(client, make_run, make_attempt):
    traceback = 'Traceback:\n  File "/srv/shop/tasks.py", line 7, in body\n    raise Empty\n'
    run = make_run(
        "failed", error={"type": "ValueError", "message": "no milk"}, traceback=traceback
    )
    make_attempt(run, state="lost", reason="The runner was killed by signal 9.")
    content = client.get(f"/runs/{run.pk}/").content.decode()
    places = [
        content.index(said)
        for said in (
            "stopped with an error in body, line 7 of tasks.py.",
            "ValueError",
            "no milk",
            "/srv/shop/tasks.py:7 in body",
            "raise Empty",
            "<details>",
            'role="log"',
        )
    ]
    assert places == sorted(places)
    assert "The runner was killed by signal 9." in content


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"error": {"type": "Lost", "message": "m"}}, "was lost too often"),
        ({"error": {"type": "Timeout", "message": "m"}}, "took longer than it may"),
        ({"error": {"type": "Timeout", "message": "m"}, "traceback": "T"}, "with an error."),
        (
            {"error": {"type": "E", "message": "m"}, "max_attempts": 3, "failures": 3},
            "3 attempts were made, and all failed.",
        ),
    ],
)
def test_a_failure_is_told_in_a_sentence(client, make_run, values, sentence):
    run = make_run("failed", **values)
    assert sentence in Page(client.get(f"/runs/{run.pk}/")).texts("div", class_="panel failed")[0]


def test_a_result_stands_before_the_log(client, make_run):
    run = make_run("succeeded", job="my_task", result="Задача выполнена за 3 секунд!")
    content = client.get(f"/runs/{run.pk}/").content.decode()
    assert 0 < content.index("Задача выполнена за 3 секунд!") < content.index('role="log"')


@pytest.mark.parametrize("query", ["", "?after=3", "?attempt=1", "?find=line"])
def test_few_queries(client, make_run, make_attempt, django_assert_max_num_queries, query):
    run = make_run("succeeded", lines=[f"line {n}" for n in range(2000)])
    make_attempt(run, state="succeeded")
    client.get(f"/runs/{run.pk}/")
    with django_assert_max_num_queries(8):
        assert client.get(f"/runs/{run.pk}/{query}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/runs/", "/jobs/long_process/", "/workers/", "/runs/{}/"])
def test_few_queries_of_whoever_is_signed_in(
    client, make_run, admin_user, django_assert_max_num_queries, path
):
    runs = [make_run("failed", owner=admin_user, lines=["one"]) for _ in range(30)]
    runs += [make_run("running", owner=admin_user) for _ in range(5)]
    client.force_login(admin_user)
    with django_assert_max_num_queries(8):
        assert client.get(path.format(runs[0].pk)).status_code == 200


class TestWithoutJavaScript:
    def test_a_watched_run_refreshes_until_somebody_stops_it(self, client, make_run):
        run = make_run("running", after="form")
        response = client.get(f"/runs/{run.pk}/?watch")
        page = Page(response)
        [refresh] = [one for one in page.attributes("meta") if one.get("http-equiv") == "refresh"]
        assert refresh["content"] in {"2", "3"}
        assert f"/runs/{run.pk}/" in page.links()

    def test_it_never_refreshes_unasked(self, client, make_run):
        for state in ("queued", "running", "succeeded", "failed"):
            run = make_run(state, after="form")
            assert not refreshes(client.get(f"/runs/{run.pk}/"))

    def test_the_last_refresh_leads_to_the_form(self, client, make_run):
        run = make_run("succeeded", after="form")
        response = client.get(f"/runs/{run.pk}/?watch")
        assert response.status_code == 303
        assert response["Location"] == f"/jobs/long_process/?finished={run.pk}"

    def test_a_form_that_is_gone_leaves_the_run_on_its_page(self, client, make_run):
        run = make_run("succeeded", job="retired", after="form")
        assert client.get(f"/runs/{run.pk}/?watch").status_code == 200

    def test_a_failed_run_stays_on_its_page(self, client, make_run):
        run = make_run("failed", after="form", error={"type": "E", "message": "broken"})
        response = client.get(f"/runs/{run.pk}/?watch")
        assert response.status_code == 200
        assert not refreshes(response)
        assert "broken" in response.content.decode()

    def test_a_job_that_stays_shows_its_run(self, client, make_run):
        run = make_run("succeeded", job="my_task", after="run")
        response = client.get(f"/runs/{run.pk}/?watch")
        assert response.status_code == 200
        assert not refreshes(response)


class TestActions:
    def test_a_queued_run_is_cancelled(self, client, make_run):
        run = make_run("queued")
        response = client.post(f"/runs/{run.pk}/cancellation/")
        assert (response.status_code, response["Location"]) == (303, f"/runs/{run.pk}/")
        assert run.refresh().state == "cancelled"

    def test_the_page_says_who_asked_for_the_end(self, admin_client, make_run):
        run = make_run("running")
        admin_client.post(f"/runs/{run.pk}/cancellation/")
        cancel(run, by="somebody later")
        assert run.refresh().cancelled_by == "admin"
        page = admin_client.get(run.url).content.decode()
        assert "cancellation requested by admin" in page
        assert "only if the job does not stop" in page
        Run.objects.filter(pk=run.pk).update(state="cancelled")
        page = admin_client.get(run.url).content.decode()
        assert "Cancellation requested by admin:" in page
        assert "only if the job does not stop" not in page

    def test_a_run_that_has_ended_stays_as_it_is(self, client, make_run):
        run = make_run("succeeded")
        assert client.post(f"/runs/{run.pk}/cancellation/").status_code == 303
        assert run.refresh().state == "succeeded"

    def test_run_again_keeps_the_input(self, client, make_run):
        run = make_run("failed", after="form")
        response = client.post(f"/runs/{run.pk}/again/")
        new = Run.objects.exclude(pk=run.pk).get()
        assert (response.status_code, response["Location"]) == (303, f"/runs/{new.pk}/?watch")
        assert (new.params, new.again_of_id) == (run.params, run.pk)

    @pytest.mark.parametrize("action", ["cancellation", "again"])
    def test_an_action_is_no_link(self, client, make_run, action):
        run = make_run("queued")
        assert client.get(f"/runs/{run.pk}/{action}/").status_code == 405

    @pytest.mark.parametrize("action", ["cancellation", "again"])
    def test_an_unknown_run_is_not_found(self, client, action):
        assert client.post(f"/runs/x/{action}/").status_code == 404


def test_the_whole_log_as_text(client, make_run):
    lines = [f"line {n}" for n in range(6000)]
    run = make_run("succeeded", lines=lines)
    response = client.get(f"/runs/{run.pk}/log.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert b"".join(response.streaming_content).decode().splitlines() == lines


def test_the_whole_log_as_text_under_asgi(async_client, make_run):
    run = make_run("succeeded", lines=["один", "two"])

    async def read() -> bytes:
        response = await async_client.get(f"/runs/{run.pk}/log.txt")
        return b"".join([part async for part in response.streaming_content])

    assert async_to_sync(read)().decode() == "один\ntwo\n"
