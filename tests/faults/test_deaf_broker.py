"""A broker whose connections stay open and carry nothing: nobody waits for it for ever."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.rig.cable import Cable
from tests.rig.ports import LOOPBACK
from tests.rig.site import made

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SENDER = """
import sys, uuid, django
django.setup()
from samovar import conf
from samovar.exceptions import BrokerUnavailable
from samovar.runtime.publisher import Hint
engine = conf.load("ENGINE")
for _ in sys.stdin:
    try:
        engine.publish(Hint(uuid.uuid4(), "long_process", "default"))
        print("sent", flush=True)
    except BrokerUnavailable:
        print("unavailable", flush=True)
"""


def test_a_deaf_connection_is_given_up_and_made_anew(redis_server):
    port = int(redis_server.rpartition(":")[2].partition("/")[0])
    cable = Cable(port)
    with (
        made(CELERY_BROKER_URL=f"redis://{LOOPBACK}:{cable.port}/0") as site,
        subprocess.Popen(
            [sys.executable, "-c", SENDER],
            env=site._environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as sender,
    ):

        def publish() -> str:
            sender.stdin.write("\n")
            sender.stdin.flush()
            return sender.stdout.readline().strip()

        try:
            assert publish() == "sent"
            assert cable.deafen()
            assert publish() == "unavailable"
            assert publish() == "sent"
        finally:
            sender.kill()
            cable.close()
