// The way back: whoever watched a run that succeeded goes on to where its job leads.

export function finish(page, run) {
  const { finished } = page.dataset;
  if (!finished || run.state !== "succeeded") return false;
  location.replace(finished);
  return true;
}
