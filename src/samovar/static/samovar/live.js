// Follow one run: by Server-Sent Events, and by polling where they cannot pass. Whatever is missed is asked for again by
// the number of the last line shown, so nothing is lost or told twice.
import { poll } from "./poll.js";

const REFUSALS_UNTIL_POLL = 2;
const RETRY_MILLISECONDS = 1000;
const MOST_RETRY_MILLISECONDS = 5000;
const HIDDEN_MILLISECONDS = 2000;

export function follow({ url, after, isFinal, on }) {
  let source = null;
  let stopPolling = null;
  let refusals = 0;
  let hasOpened = false;
  let hiding = 0;
  let isOver = false;

  const tell = {
    log: on.log,
    progress: on.progress,
    state: (run) => {
      if (isFinal(run)) { isOver = true; close(); }
      on.state(run);
    },
  };

  function close() {
    source?.close();
    stopPolling?.();
    source = stopPolling = null;
  }

  function open() {
    if (isOver || source || stopPolling) return;
    if (!hasOpened && refusals >= REFUSALS_UNTIL_POLL) {
      stopPolling = poll({ url, after, tell, connected: on.connected });
      return;
    }
    source = new EventSource(`${url}/events?after=${after()}`);
    source.onopen = () => { hasOpened = true; refusals = 0; on.connected(true); };
    source.onerror = retry;
    for (const name of Object.keys(tell)) {
      source.addEventListener(name, (event) => tell[name](JSON.parse(event.data)));
    }
  }

  // Not the browser's own reconnection: it gives up for good on an error status, and cannot change to polling.
  function retry() {
    if (isOver) return;
    on.connected(false);
    close();
    refusals += 1;
    const times = hasOpened ? refusals : 1;
    const wait = Math.min(times * RETRY_MILLISECONDS, MOST_RETRY_MILLISECONDS);
    setTimeout(() => { if (!document.hidden) open(); }, wait);
  }

  // A browser has few connections for a site: a hidden page gives its own back, and catches up when it is shown.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(close, HIDDEN_MILLISECONDS);
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  window.addEventListener("online", () => { close(); open(); });
  open();
}
