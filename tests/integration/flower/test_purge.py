"""`celery purge` empties the broker, and no run is lost by that."""

from __future__ import annotations

import pytest

from tests.rig.waiting import wait_for

pytestmark = pytest.mark.slow  # its site has a ledger of its own: once is enough


SUBMIT = """
from samovar.runtime import publisher
from tests.integration.engine.project.tasks import double
for number in range(3): double.submit(number=number)
publisher.drain(30)
"""


def test_a_purge_loses_no_run(redis_site):
    redis_site.site.manage("shell", "-c", SUBMIT)
    assert "Purged 3 messages" in redis_site.celery("purge", "--force")
    assert redis_site.states() == ["queued"] * 3
    redis_site.start_worker()
    wait_for(lambda: redis_site.states() == ["succeeded"] * 3, 30, "all to succeed")
