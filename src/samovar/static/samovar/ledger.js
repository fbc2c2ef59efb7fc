// Read the run and its new lines from the ledger, from where the page stands.

export async function read(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  return response.json();
}

// Lines are told many at once: a page that is far behind shows only the last of them, and would else draw each screenful.
const PAGE = 1000;
const MOST = 5000;

async function readLines({ url, after, tell }) {
  let last = after();
  let lines = [];
  let isWhole;
  do {
    const page = await read(`${url}/log?after=${last}&limit=${PAGE}`);
    lines.push(...page.lines);
    last = lines.at(-1)?.n ?? last;
    isWhole = page.lines.length < PAGE;
    if (lines.length && (isWhole || lines.length >= MOST)) {
      tell.log({ lines });
      lines = [];
    }
  } while (!isWhole);
}

export async function readOn({ url, after, tell }) {
  // The run first: lines that come after this answer are there in the next one, and a final run has no more.
  const run = await read(url);
  await readLines({ url, after, tell });
  tell.progress(run.progress);
  tell.state(run);
}
