// Read the run and its new lines from the ledger, from where the page stands.
const PAGE = 1000;
// So far behind, a page whose reader is at the log's end shows its last lines only; it would else draw each screenful.
const FAR = 5000;

async function ask(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  return response;
}

export const read = async (url) => (await ask(url)).json();

async function readLines({ url, after, mayLeap, tell }) {
  let last = after();
  let lines;
  do {
    const answer = await ask(`${url}/log?after=${last}&limit=${PAGE}`);
    ({ lines } = await answer.json());
    const end = Number(answer.headers.get("Last-Line"));
    const isFar = lines.length === PAGE && end - last > FAR && mayLeap();
    if (lines.length && !isFar) tell.log({ lines });
    last = isFar ? end - PAGE : lines.at(-1)?.n;
  } while (lines.length === PAGE);
}

export async function readOn({ url, after, mayLeap, tell }) {
  // The run first: lines that come after this answer are there in the next one, and a final run has no more.
  const run = await read(url);
  await readLines({ url, after, mayLeap, tell });
  tell.progress(run.progress);
  tell.state(run);
}
