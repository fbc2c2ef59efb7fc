// The bar with its figures: percent, step and the time left.

function timeLeft(seconds, patterns) {
  if (seconds === null) return "";
  const fill = (pattern, n, m) => pattern.replace("{n}", n).replace("{m}", m);
  if (seconds < 60) return fill(patterns.leftSeconds, Math.max(1, Math.ceil(seconds)));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return fill(patterns.leftMinutes, minutes);
  return fill(patterns.leftHours, Math.floor(minutes / 60), minutes % 60);
}

function counted({ done, total }) {
  if (done === null) return "";
  const format = (number) => number.toLocaleString(document.documentElement.lang);
  return total === null ? format(done) : `${format(done)} / ${format(total)}`;
}

export function showProgress(page, progress) {
  const region = page.querySelector("[data-region=progress]");
  const bar = region.querySelector("progress");
  const figures = region.querySelector(".figures");
  if (!figures) return;
  const show = (name, text) => { figures.querySelector(`[data-${name}]`).textContent = text; };
  if (progress.percent !== null) bar.value = progress.percent;
  show("percent", progress.percent === null ? "" : `${Math.floor(progress.percent)} %`);
  show("counted", counted(progress));
  show("step", progress.text ?? "");
  show("left", timeLeft(progress.eta_seconds, figures.dataset));
  if (progress.percent !== null) {
    document.title = document.title.replace(/^.*? · /, `${Math.floor(progress.percent)} % · `);
  }
}
