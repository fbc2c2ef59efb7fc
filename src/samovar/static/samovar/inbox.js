// News that are pushed are taken one after the other. What they leave out is read from the ledger first: a page that was
// away, cut off or overrun shows each line once all the same. After a long silence it looks, too: a push may be lost.
import { readOn } from "./ledger.js";
import { push } from "./push.js";

const SILENCE_MILLISECONDS = 15000;

export function pushed({ door, url, after, tell, up, down }) {
  let line = Promise.resolve();
  let silence = 0;
  let isStopped = false;

  function then(step) {
    line = line.then(() => (isStopped ? undefined : step())).catch(fail);
  }

  function look() {
    listen();
    return readOn({ url, after, tell });
  }

  function listen() {
    clearTimeout(silence);
    if (!isStopped) silence = setTimeout(() => then(look), SILENCE_MILLISECONDS * (1 + Math.random() / 2));
  }

  async function take({ event, id, data }) {
    listen();
    const before = event === "log" ? data.lines[0].n - 1 : id;
    if (before > after()) await look();
    tell[event]?.(data);
  }

  function fail() {
    if (isStopped) return;
    stop();
    down();
  }

  function stop() {
    isStopped = true;
    clearTimeout(silence);
    close();
  }

  const close = push({
    door,
    message: (news) => then(() => take(news)),
    up: () => then(async () => { await look(); if (!isStopped) up(); }),
    down: fail,
  });
  return stop;
}
