// The run's page: what each event of the run changes on it.
import { follow } from "./live.js";
import { Log } from "./log.js";
import { keepHeight } from "./place.js";
import { showProgress } from "./progress.js";
import { refreshRegions } from "./regions.js";
import { finish } from "./watch.js";

const FINAL = new Set(["succeeded", "failed", "cancelled"]);
const WAITING = new Set(["scheduled", "queued"]);
const WAITING_MILLISECONDS = 3000;
const AGAIN_MILLISECONDS = 2000;

const page = document.querySelector("[data-run]");
const log = new Log(page.querySelector("section.log"), Number(page.dataset.after), Boolean(page.dataset.api));
let rest = () => {};
let shown = `${page.dataset.state} ${page.dataset.attempt} ${page.dataset.steps}`;

// `way` is how news come: websocket, sse or polling; none once all is told.
function showConnection(is, way) {
  const chip = page.querySelector("[data-way]");
  page.querySelector(".note.cut").hidden = is;
  chip.toggleAttribute("data-absent", !is || !way);
  if (chip.dataset.way === way) return;
  chip.dataset.way = way;
  chip.textContent = way && chip.dataset[way];
}

async function showState(run) {
  if (finish(page, run)) return;
  const wanted = `${run.state} ${run.attempt} ${run.cancellation?.ladder.length ?? 0}`;
  if (shown === wanted) return;
  shown = wanted;
  page.dataset.state = run.state;
  await showRegions(wanted);
}

async function showRegions(wanted) {
  while (shown === wanted && !(await refreshRegions(page))) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
  }
  const state = page.querySelector("[data-region=state]");
  document.title = document.title.replace(/^.* · (?=Samovar$)/, `${state.dataset.title} · `);
  page.querySelector("[data-spoken]").textContent = state.querySelector(".badge").textContent;
  if (FINAL.has(page.dataset.state)) rest();
}

if (page.dataset.api && !FINAL.has(page.dataset.state)) {
  rest = keepHeight(page.querySelector("[data-standing]"));
  follow({
    url: page.dataset.api,
    door: page.dataset.door,
    after: () => log.last,
    mayLeap: () => log.isFollowed,
    isFinal: (run) => FINAL.has(run.state),
    on: {
      state: showState,
      progress: (progress) => showProgress(page, progress),
      log: ({ lines }) => log.append(lines),
      connected: showConnection,
    },
  });
  // Why a run waits changes while its state does not.
  setInterval(() => {
    if (WAITING.has(page.dataset.state) && !document.hidden) refreshRegions(page);
  }, WAITING_MILLISECONDS);
}
