// Follow one run by the best way that passes: pushed by Centrifugo where the site has it, by Server-Sent Events, by asking.
// Whatever is missed is read again by the number of the last line shown, so nothing is lost or told twice.
import { events } from "./events.js";
import { pushed } from "./inbox.js";
import { poll } from "./poll.js";

const TRIES = 2;
const RETRY_MILLISECONDS = 1000;
const MOST_RETRY_MILLISECONDS = 5000;
const CLIMB_MILLISECONDS = 30000;
const HIDDEN_MILLISECONDS = 2000;

export function follow({ url, door, after, isFinal, on }) {
  const ways = [["websocket", pushed], ["sse", events], ["polling", poll]].slice(door ? 0 : 1);
  const opened = new Set();
  let way = 0;
  let refusals = 0;
  let stop = null;
  let stopTrial = null;
  let retrying = 0;
  let climbing = 0;
  let hiding = 0;
  let isOver = false;

  const tell = {
    log: (page) => { if (!isOver) on.log(page); },
    progress: (progress) => { if (!isOver) on.progress(progress); },
    state: (run) => {
      if (isOver) return;
      if (isFinal(run)) { isOver = true; close(); on.connected(true, ""); }
      on.state(run);
    },
  };

  function begin(which, { up, down }) {
    const cut = () => on.connected(false, ways[which][0]);
    return ways[which][1]({ url, door, after, tell, up, down, cut });
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
    on.connected(true, ways[which][0]);
  }

  function retry() {
    if (isOver) return;
    close();
    refusals += 1;
    on.connected(false, ways[way][0]);
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

  // A browser has few connections for a site: a hidden page gives its own back, and catches up when it is shown.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(() => { close(); if (!isOver) on.connected(true, ""); }, HIDDEN_MILLISECONDS);
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  window.addEventListener("online", () => { if (!isOver) { close(); open(); } });
  open();
}
