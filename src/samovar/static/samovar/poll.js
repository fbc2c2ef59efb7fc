// The last way to follow news: look every so often.

const MILLISECONDS = 1000;
const MOST_MILLISECONDS = 15000;

export function poll({ look, up, cut }) {
  let timer = 0;
  let isStopped = false;
  let wait = MILLISECONDS;

  async function round() {
    try {
      await look();
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
