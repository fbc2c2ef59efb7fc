"""From the print in a job to the line in a real browser, by each live transport."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from bench import rest
from bench.figures import Figure, milliseconds
from bench.site import running_site
from tests.rig import centrifugo

LINES = 300
PAUSE_SECONDS = 0.03
WATCH = """
() => {
  window.seen = [];
  const log = document.querySelector('[role=log]');
  const note = () => {
    const now = Date.now() / 1000;
    for (const tick of log.textContent.matchAll(/tick ([0-9.]+)/g)) {
      if (window.times.has(tick[1])) continue;
      window.times.add(tick[1]);
      window.seen.push(now - Number(tick[1]));
    }
  };
  window.times = new Set();
  note();
  window.seen = [];
  new MutationObserver(note).observe(log, {childList: true, subtree: true, characterData: true});
}
"""


def measure() -> list[Figure]:
    """Watch a job that prints the time; compare each line's text with the instant it was shown."""
    figures = [Figure("print → line in the browser, SSE", _watch(), "p95 ≤ 300 ms")]
    name, goal = "print → line in the browser, Centrifugo", "p95 ≤ 200 ms"
    if (program := centrifugo.program()) is None:
        return [*figures, Figure(name, "not measured: no Centrifugo is here", goal)]
    with centrifugo.running([program], origins=["http://127.0.0.1:*"]) as server:
        return [*figures, Figure(name, _watch(**server.environ), goal)]


def _watch(**variables: str) -> str:
    with running_site("--noreload", **variables) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page()
        run = rest.start(site.url, "ticker", lines=LINES, pause=PAUSE_SECONDS)
        page.goto(f"{site.url}/runs/{run['id']}/", wait_until="domcontentloaded")
        page.evaluate(WATCH)
        rest.finished(site.url, run["id"])
        page.wait_for_timeout(1000)
        seen = page.evaluate("window.seen")
        browser.close()
    return milliseconds(seen, 0.95)
