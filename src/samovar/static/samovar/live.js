// Follow one run. Whatever is missed is read again by the number of the last line shown, so nothing is lost or told twice.
import { events } from "./events.js";
import { pushed } from "./inbox.js";
import { ladder } from "./ladder.js";
import { readOn } from "./ledger.js";
import { poll } from "./poll.js";

export function follow({ url, door, after, mayLeap, isFinal, on }) {
  let end = () => {};
  let isOver = false;

  const tell = {
    log: (page) => { if (!isOver) on.log(page); },
    progress: (progress) => { if (!isOver) on.progress(progress); },
    state: (run) => {
      if (isOver) return;
      if (isFinal(run)) { isOver = true; end(); }
      on.state(run);
    },
  };

  const look = () => readOn({ url, after, mayLeap, tell });
  const before = ({ event, id, data }) => (event === "log" ? data.lines[0].n - 1 : id);
  const take = ({ event, data }) => tell[event]?.(data);
  const websocket = (hear) => pushed({ door, look, isGap: (news) => before(news) > after(), take, ...hear });
  const sse = (hear) => events({ url: `${url}/events?after=${after()}`, tell, ...hear });
  const polling = (hear) => poll({ look, ...hear });
  const ways = [["websocket", websocket], ["sse", sse], ["polling", polling]];

  end = ladder({ ways: door ? ways : ways.slice(1), connected: on.connected });
}
