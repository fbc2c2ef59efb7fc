"""`run --detach`: the command may end, but not before its hint has left."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.integration

SETTINGS = """
from config.settings import *
SAMOVAR = {**SAMOVAR, "ENGINE": "slow_engine.engine"}
"""

ENGINE = """
import pathlib, time

class Slow:
    def install(self):
        pass

    def publish(self, hint):
        time.sleep(0.3)
        pathlib.Path(__file__).with_name("sent").write_text(str(hint.run_id))

engine = Slow()
"""


def test_the_hint_of_a_slow_broker_leaves_before_the_command_ends(new_site, tmp_path):
    (tmp_path / "slow_settings.py").write_text(SETTINGS)
    (tmp_path / "slow_engine.py").write_text(ENGINE)
    new_site.environ = {"DJANGO_SETTINGS_MODULE": "slow_settings", "PYTHONPATH": str(tmp_path)}
    run_id = new_site.manage("samovar", "run", "my_task", "--detach").stdout.strip()
    assert (tmp_path / "sent").read_text() == run_id
