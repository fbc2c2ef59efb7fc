"""A web process has loaded what its first requests need before it takes one."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.rig.site import ROOT

pytestmark = pytest.mark.integration

LATE = """
import json, sys, uuid
import config.asgi
before = set(sys.modules)
from django.urls import resolve
from samovar import conf
from samovar.exceptions import BrokerUnavailable
from samovar.runtime.publisher import Hint
assert "api" in resolve("/api/v1/jobs").route
try:
    conf.load("ENGINE").publish(Hint(uuid.uuid4(), "my_task", "default"))
except BrokerUnavailable:
    late = {name.partition(".")[0] for name in set(sys.modules) - before}
    print(json.dumps(sorted(late)))
"""
NOBODY = "redis://127.0.0.1:1/0"
FIRST = {"samovar", "config", "showcase", "chat", "reports", "ninja", "pydantic", "redis"}


def test_views_and_the_brokers_client_are_loaded_before_the_first_request(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LATE],
        env={"PATH": "", "SAMOVAR_DATA": str(tmp_path), "CELERY_BROKER_URL": NOBODY},
        cwd=ROOT / "demo",
        check=True,
        capture_output=True,
        text=True,
    )

    assert set(json.loads(done.stdout)) & FIRST == set()
