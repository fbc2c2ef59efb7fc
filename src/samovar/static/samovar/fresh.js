// A page of lists keeps them fresh while somebody looks at it.
import { refreshRegions } from "./regions.js";

const MILLISECONDS = 3000;

setInterval(() => {
  if (!document.hidden && !document.activeElement?.closest("[data-region]")) refreshRegions(document);
}, MILLISECONDS);
