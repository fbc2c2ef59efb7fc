// Show what the server shows now: ask for this page again, and put its marked regions in the place of the old ones.
// Answers whether the server was reached.

import { localize } from "./times.js";

// An answer may come behind that of a later question; it says what was, and is left out.
let asked = 0;
let shown = 0;

export async function refreshRegions(root) {
  asked += 1;
  const turn = asked;
  let text;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok) return false;
    text = await response.text();
  } catch {
    return false;
  }
  if (turn < shown) return true;
  shown = turn;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  localize(fresh);
  for (const old of root.querySelectorAll("[data-region]")) {
    const region = fresh.querySelector(`[data-region="${old.dataset.region}"]`);
    if (!region || region.isEqualNode(old)) continue;
    // A parsed document has scripting off, so what is meant for browsers without scripts would show.
    for (const plain of region.querySelectorAll("noscript")) plain.remove();
    old.replaceWith(document.adoptNode(region));
  }
  return true;
}
