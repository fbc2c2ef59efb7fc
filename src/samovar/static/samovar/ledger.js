// Read the run and its new lines from the ledger, from where the page stands.

export async function read(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`${response.status} ${url}`);
  return response.json();
}

export async function readOn({ url, after, tell }) {
  // The run first: lines that come after this answer are there in the next one, and a final run has no more.
  const run = await read(url);
  let page;
  do {
    page = await read(`${url}/log?after=${after()}&limit=1000`);
    if (page.lines.length) tell.log(page);
  } while (page.lines.length === 1000);
  tell.progress(run.progress);
  tell.state(run);
}
