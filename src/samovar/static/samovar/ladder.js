// Follow news by the best way that passes. A way is [name, start]: start({ up, down, cut }) begins and returns how to stop; it
// calls up when news come, down when it has ended (with true when the site has no such way), cut when it goes on trying by
// itself. The first way is the best one.

const TRIES = 2;
const RETRY_MILLISECONDS = 1000;
const MOST_RETRY_MILLISECONDS = 5000;
const CLIMB_MILLISECONDS = 30000;
const HIDDEN_MILLISECONDS = 2000;

export function ladder({ ways, connected }) {
  const opened = new Set();
  let way = 0;
  let refusals = 0;
  let stop = null;
  let stopTrial = null;
  let retrying = 0;
  let climbing = 0;
  let hiding = 0;
  let isOver = false;

  const tell = (is, which) => connected(is, which === null ? "" : ways[which][0]);

  function begin(which, { up, down }) {
    return ways[which][1]({ up, down, cut: () => tell(false, which) });
  }

  function close() {
    for (const timer of [retrying, climbing, hiding]) clearTimeout(timer);
    stop?.();
    stopTrial?.();
    stop = stopTrial = null;
  }

  function open() {
    if (isOver || stop || document.hidden) return;
    stop = begin(way, { up: () => stand(way), down: retry });
    if (way > 0) climbLater();
  }

  function stand(which) {
    if (isOver) return;
    opened.add(which);
    refusals = 0;
    tell(true, which);
  }

  function retry(isAbsent = false) {
    if (isOver) return;
    close();
    if (isAbsent) { ways.splice(way, 1); open(); return; }
    refusals += 1;
    tell(false, way);
    // The site's own events are worth waiting for where they have come before; Centrifugo is another server.
    const isProven = ways[way][0] === "sse" && opened.has(way);
    if (refusals >= TRIES && !isProven && way < ways.length - 1) { way += 1; refusals = 0; }
    const wait = Math.min((refusals + 1) * RETRY_MILLISECONDS, MOST_RETRY_MILLISECONDS);
    retrying = setTimeout(open, wait * (0.5 + Math.random()));
  }

  function climbLater() {
    clearTimeout(climbing);
    climbing = setTimeout(climb, CLIMB_MILLISECONDS * (1 + Math.random()));
  }

  // Try the best way again; what works meanwhile goes on until that stands.
  function climb() {
    const end = begin(0, {
      up: () => {
        if (isOver || stopTrial !== end) return;
        stop?.();
        [stop, stopTrial, way] = [end, null, 0];
        stand(0);
      },
      down: () => { if (stopTrial === end) { stopTrial = null; climbLater(); } else if (stop === end) retry(); },
    });
    stopTrial = end;
  }

  function rest() {
    close();
    if (!isOver) tell(true, null);
  }

  // A browser has few connections for a site: a hidden page gives its own back, and catches up when it is shown.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(rest, HIDDEN_MILLISECONDS);
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  window.addEventListener("online", () => { if (!isOver) { close(); open(); } });
  open();
  return () => { isOver = true; close(); tell(true, null); };
}
