"""Prove the full stack as a newcomer meets it: `.venv/bin/python -m tests.containers`.

From a fresh clone of HEAD: build, wait until all is healthy, use it by browser, mail and Flower,
and remove it. Needs Docker with its compose plugin, Chromium, the ports of compose.yaml, and the
base images (or a way to them). It takes minutes, so it is run by hand, and before a release.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.steps import FINISHED, FORM, NEWS, expected, said, start
from tests.containers import stack as stacks
from tests.containers.stack import Stack
from tests.rig.waiting import wait_for

SITE = "http://localhost:8000"
FLOWER = "http://localhost:5555"
LOGIN = "samovar:insecure"
HEALTHY_SECONDS = 60
SECONDS = 5
RABBITMQ = "amqp://samovar:insecure-samovar@rabbitmq:5672//"


def up(stack: Stack) -> None:
    """Build, then start by the documented command, which needs no `.env`."""
    began = time.monotonic()
    stack.compose("build")
    built = time.monotonic()
    stack.compose("up", "--build", "--wait")
    healthy = time.monotonic() - built
    say(f"built in {built - began:.0f} s, healthy {healthy:.0f} s later")
    assert healthy <= HEALTHY_SECONDS
    states = stack.states()
    assert states.pop("migrate").startswith("Exited (0)")
    assert all(state.startswith("Up") for state in states.values()), states


def prepared() -> None:
    """Wait until Flower listens to the worker: it tells of nothing that was before."""
    wait_for(lambda: _flower("/workers?json=1")["data"], 30, "Flower to see the worker")


def main_job(page: Page) -> str:
    """Start the main job from its form, watch its lines, and return its run's id."""
    page.goto(SITE + FORM)
    start(page, SECONDS)
    run = page.url.split("/")[4]
    expect(page.locator("[data-way]")).to_contain_text("live · ")
    way = page.locator("[data-way]").inner_text()
    expect(page.locator("[role=log] .line.stdout").nth(2)).to_be_visible(timeout=20_000)
    assert said(page)[:3] == expected(3)
    page.wait_for_url(FINISHED)
    expect(page.get_by_role("heading", level=1)).to_have_text(NEWS)
    say(f"the main job ran from the browser, {way}: {run}")
    return run


def ledger(stack: Stack, run: str) -> None:
    """See how a run ended, by SQL and by its page's API."""
    query = f"SELECT state, result, error FROM samovar_run WHERE id = '{run}'"
    assert stack.sql(query).split("|")[0] == "succeeded"
    say("its end stands in PostgreSQL")


def letter(stack: Stack) -> None:
    """Send a letter, and find it at Mailpit."""
    address = "reader@example.org"
    stack.manage("sendtestemail", address)
    wait_for(lambda: address in _letters(stack), 20, "the letter to arrive")
    say("a letter arrived in Mailpit")


def _letters(stack: Stack) -> str:
    """Return what Mailpit knows; a stand-in without its API has printed them."""
    try:
        with urllib.request.urlopen("http://localhost:8025/api/v1/messages", timeout=5) as answer:
            return str(answer.read())
    except urllib.error.HTTPError:
        return stack.compose("logs", "mailpit")


def flower(page: Page, run: str) -> None:
    """Find Flower locked, and the run in it as a task by its id and its job's name."""
    try:
        _flower(f"/api/task/info/{run}", login="")
    except urllib.error.HTTPError as error:
        assert error.code == 401  # noqa: PT017 - a script, not a test of pytest's
    else:
        raise AssertionError("Flower asked for no password")
    told = _flower(f"/api/task/info/{run}")
    assert (told["uuid"], told["name"], told["state"]) == (run, "long_process", "SUCCESS")
    page.goto(f"{FLOWER.replace('//', f'//{LOGIN}@')}/task/{run}")
    expect(page.get_by_text("long_process").first).to_be_visible()
    say("Flower asks for its password, and shows the task")


def _flower(path: str, login: str = LOGIN) -> dict[str, Any]:
    request = urllib.request.Request(FLOWER + path)
    if login:
        token = base64.b64encode(login.encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))


def people(stack: Stack) -> None:
    """Make the people of the chat by the documented command."""
    told = stack.manage("demo")
    assert f"{SITE}/chat/" in told, told
    say("manage.py demo made a room and its people")


def switch(stack: Stack) -> None:
    """Go over to RabbitMQ by the documented command."""
    began = time.monotonic()
    up = ("--profile", "rabbitmq", "up", "--build", "--wait")
    stack.compose(*up, CELERY_BROKER_URL=RABBITMQ)
    say(f"on RabbitMQ, healthy after {time.monotonic() - began:.0f} s")


def use(stack: Stack, chromium: str) -> None:
    """Use the stack as people do, on both brokers."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(30_000)
        prepared()
        run = main_job(page)
        ledger(stack, run)
        letter(stack)
        flower(page, run)
        people(stack)
        switch(stack)
        prepared()
        flower(page, main_job(page))
        ledger(stack, run)
        browser.close()


def down(stack: Stack) -> None:
    """Remove the stack, its data, then its images."""
    stack.compose("--profile", "*", "down", "--volumes")
    assert stacks.left() == {}
    before = stacks.images()
    stack.compose("down", "--remove-orphans", "--rmi", "local")
    gone = before - stacks.images()
    assert gone
    assert all(name.startswith(stacks.PROJECT) for name in gone), gone
    say(f"down --volumes left nothing; --rmi local removed {len(gone)} images, all ours")


def say(words: str) -> None:
    """Print what was seen, at once."""
    print(words, flush=True)


def main() -> int:
    """Prove it all; return 0 when it holds."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("There is no Chromium on this machine; `make services` brings it.", file=sys.stderr)
        return 2
    try:
        if stacks.stand_in():
            say(f"{stacks.STAND_IN} cannot be had here: a stand-in answers for it, pages use SSE")
        with stacks.cloned() as stack:
            up(stack)
            use(stack, chromium)
            down(stack)
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd)}\n{error.stdout}\n{error.stderr}", file=sys.stderr)
        return 1
    say("all of it holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
