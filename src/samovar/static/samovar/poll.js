// The last way to follow a run: ask for it and its new lines every so often.
import { readOn } from "./ledger.js";

const MILLISECONDS = 1000;
const MOST_MILLISECONDS = 15000;

export function poll({ url, after, tell, up, cut }) {
  let timer = 0;
  let isStopped = false;
  let wait = MILLISECONDS;

  async function round() {
    try {
      await readOn({ url, after, tell });
      wait = MILLISECONDS;
      if (!isStopped) up();
    } catch {
      wait = Math.min(wait * 2, MOST_MILLISECONDS);
      if (!isStopped) cut();
    }
    if (!isStopped) timer = setTimeout(round, wait);
  }

  round();
  return () => { isStopped = true; clearTimeout(timer); };
}
