// News that are pushed are taken one after the other. What they leave out is looked up first: a page that was away, cut off
// or overrun shows all of it once all the same. After a long silence it looks, too: a push may be lost.
import { push } from "./push.js";

const SILENCE_MILLISECONDS = 15000;

export function pushed({ door, look, isGap, take, up, down }) {
  let line = Promise.resolve();
  let silence = 0;
  let isStopped = false;

  function then(step) {
    line = line.then(() => (isStopped ? undefined : step())).catch(() => fail());
  }

  async function catchUp() {
    await look();
    listen();
  }

  function listen() {
    clearTimeout(silence);
    if (!isStopped) silence = setTimeout(() => then(catchUp), SILENCE_MILLISECONDS * (1 + Math.random() / 2));
  }

  async function hear(news) {
    if (isGap(news)) await look();
    take(news);
    listen();
  }

  function fail(isAbsent = false) {
    if (isStopped) return;
    stop();
    down(isAbsent);
  }

  function stop() {
    isStopped = true;
    clearTimeout(silence);
    close();
  }

  const close = push({
    door,
    message: (news) => then(() => hear(news)),
    up: () => then(async () => { await catchUp(); if (!isStopped) up(); }),
    down: fail,
  });
  return stop;
}
