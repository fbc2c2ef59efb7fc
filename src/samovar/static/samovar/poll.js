// Ask for the run and its new lines every so often, from where the page stands.

const MILLISECONDS = 1000;
const MOST_MILLISECONDS = 15000;

export function poll({ url, after, tell, connected }) {
  let timer = 0;
  let isStopped = false;
  let wait = MILLISECONDS;

  async function read(url) {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`${response.status} ${url}`);
    return response.json();
  }

  async function look() {
    // The run first: lines that come after this answer are there in the next one, and a final run has no more.
    const run = await read(url);
    let page;
    do {
      page = await read(`${url}/log?after=${after()}&limit=1000`);
      if (isStopped) return;
      if (page.lines.length) tell.log(page);
    } while (page.lines.length === 1000);
    tell.progress(run.progress);
    tell.state(run);
  }

  async function round() {
    try {
      await look();
      wait = MILLISECONDS;
      connected(true);
    } catch {
      wait = Math.min(wait * 2, MOST_MILLISECONDS);
      connected(false);
    }
    if (!isStopped) timer = setTimeout(round, wait);
  }

  round();
  return () => { isStopped = true; clearTimeout(timer); };
}
