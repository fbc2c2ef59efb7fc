"""The door to live news: who may listen to what, and where."""

from __future__ import annotations

import datetime as dt
import uuid

import jwt
import pytest
from django.contrib.auth.models import User

from tests.integration.api.conftest import problem

pytestmark = pytest.mark.integration

SECRET = "a secret of more than two and thirty bytes"


@pytest.fixture
def with_centrifugo(settings):
    settings.SAMOVAR = {
        **settings.SAMOVAR,
        "CENTRIFUGO_URL": "http://centrifugo:8000",
        "CENTRIFUGO_PUBLIC_URL": "https://push.example.org/tea/",
        "CENTRIFUGO_HTTP_API_KEY": "key",
        "CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY": SECRET,
    }


def test_without_centrifugo_it_is_the_run_s_own_stream(api, make_run):
    run = make_run()
    door = api.get(f"live?channel=run:{run.pk}").json()
    assert door == {"transport": "sse", "url": f"/api/v1/runs/{run.pk}/events"}


def test_with_centrifugo_the_token_opens_exactly_these_channels(api, make_run, with_centrifugo):
    names = [f"run:{make_run().pk}", f"run:{make_run().pk}"]
    door = api.get(f"live?channel={names[0]}&channel={names[1]}&channel={names[0]}").json()
    assert door["transport"] == "centrifugo"
    assert door["url"] == "wss://push.example.org/tea/connection/uni_websocket"
    assert door["channels"] == names
    claims = jwt.decode(door["token"], SECRET, algorithms=["HS256"])
    assert claims["channels"] == names
    until = dt.datetime.fromisoformat(door["expires_at"])
    assert claims["exp"] == int(until.timestamp())
    now = dt.datetime.now(dt.UTC)
    assert dt.timedelta(seconds=50) < until - now <= dt.timedelta(minutes=1)
    connection_ends = dt.datetime.fromtimestamp(claims["expire_at"], dt.UTC)
    assert dt.timedelta(minutes=9) < connection_ends - now <= dt.timedelta(minutes=10)


def test_the_token_names_the_user_and_strangers_apart(api, client, make_run, with_centrifugo):
    address = f"live?channel=run:{make_run().pk}"

    def subject() -> str:
        token = api.get(address).json()["token"]
        return jwt.decode(token, SECRET, algorithms=["HS256"])["sub"]

    strangers = {subject(), subject()}
    assert len(strangers) == 2
    assert all(name.startswith("stranger-") for name in strangers)
    user = User.objects.create_user("ann")
    client.force_login(user)
    assert subject() == str(user.pk)


@pytest.mark.parametrize(
    "name", [f"run:{uuid.uuid4()}", "run:7", "run:", "run", "room:1", "", ":", "tea:1"]
)
def test_what_is_not_there_cannot_be_heard(api, name):
    problem(api.get(f"live?channel={name}"), 404)


def test_one_that_may_not_be_heard_closes_the_door_to_all(
    api, client, settings, make_run, with_centrifugo
):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    ann, bob = User.objects.create_user("ann"), User.objects.create_user("bob")
    mine, foreign = make_run(owner=ann), make_run(owner=bob)
    problem(api.get(f"live?channel=run:{mine.pk}"), 401)
    client.force_login(ann)
    assert api.get(f"live?channel=run:{mine.pk}").status_code == 200
    problem(api.get(f"live?channel=run:{foreign.pk}"), 404)
    problem(api.get(f"live?channel=run:{mine.pk}&channel=run:{foreign.pk}"), 404)


def test_without_a_channel_nothing_is_told(api):
    body = problem(api.get("live"), 422)
    assert body["errors"][0]["field"] == "channel"


def test_pages_may_connect_to_centrifugo_and_nowhere_else(client, with_centrifugo):
    policy = client.get("/")["Content-Security-Policy"]
    assert policy.endswith("connect-src 'self' wss://push.example.org")
