"""What can be started, and what it takes."""

from __future__ import annotations

import pytest

from tests.integration.api.conftest import problem

pytestmark = pytest.mark.integration


def test_the_list_names_every_job(api):
    jobs = {job["name"]: job for job in api.get("jobs").json()}
    assert {"long_process", "my_task", "user_task"} <= jobs.keys()
    assert jobs["long_process"]["title"] == "Count the seconds on the server"
    assert jobs["long_process"]["url"] == "/jobs/long_process/"


def test_a_job_has_its_schema(api):
    schema = api.get("jobs/long_process").json()["params"]
    assert schema["required"] == ["num_seconds"]
    assert schema["properties"]["num_seconds"]["maximum"] == 3600


def test_an_unknown_job_is_a_problem(api):
    assert "'nothing'" in problem(api.get("jobs/nothing"), 404)["detail"]


def test_openapi_spells_the_params_of_each_job_out(api):
    document = api.get("openapi.json").json()
    assert document["openapi"] == "3.1.0"
    start = document["paths"]["/api/v1/jobs/long_process/runs"]["post"]
    name = start["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert "num_seconds" in document["components"]["schemas"][name]["properties"]


def test_every_reference_in_openapi_leads_somewhere(api):
    document = api.get("openapi.json").json()

    def references(value):
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from references(item)

    for reference in set(references(document)):
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_the_page_for_people_needs_no_other_site(api):
    response = api.get("docs")
    assert response.status_code == 200
    html = response.content.decode()
    assert "/api/v1/jobs/long_process/runs" in html
    assert "https://" not in html.replace("https://json-schema.org", "")
