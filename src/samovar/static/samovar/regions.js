// Show what the server shows now: ask for this page again, and put its marked regions in the place of the old ones.
// Answers whether the server was reached.

import { localize } from "./times.js";

export async function refreshRegions(root) {
  let text;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok) return false;
    text = await response.text();
  } catch {
    return false;
  }
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
