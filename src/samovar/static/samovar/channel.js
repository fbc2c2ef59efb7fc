// Follow one channel of an app, as room:5. api is the address of the API, after() the position of the last event shown, take
// gets each {event, id, data} once and in order (an event without an id says how something stands), connected(is, way) says
// whether news come, and how; gone() that whoever looks at the page may not hear the channel any more.
import { events } from "./events.js";
import { pushed } from "./inbox.js";
import { ladder } from "./ladder.js";
import { read } from "./ledger.js";
import { poll } from "./poll.js";

const REFUSALS = new Set([401, 403, 404]);
const PATIENCE_MILLISECONDS = 5000;

export function listen({ api, channel, after, take, connected = () => {}, gone = () => {} }) {
  const name = `channel=${encodeURIComponent(channel)}`;
  const door = `${api}/live?${name}`;
  const hear = (news) => { if (news.id === null || news.id > after()) take(news); };

  async function look() {
    let position;
    do {
      position = after();
      const page = await read(`${api}/live/news?${name}&after=${position}`);
      page.events.forEach(hear);
    } while (after() > position);
  }

  // A way that ends may have been ended: the door says so. Where it cannot be asked, the way is tried again.
  async function isGone() {
    const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
    return fetch(door, { signal }).then(({ status }) => REFUSALS.has(status), () => false);
  }

  const guarded = (way) => ({ up, down, cut }) => {
    let isStopped = false;
    const ask = async (otherwise) => {
      const is = await isGone();
      if (isStopped) return;
      if (!is) return otherwise();
      end();
      gone();
    };
    const stop = way({ up, down: (isAbsent) => ask(() => down(isAbsent)), cut: () => ask(cut) });
    return () => { isStopped = true; stop(); };
  };

  const websocket = (on) => pushed({ door, look, isGap: () => false, take: hear, ...on });
  const message = (envelope) => hear(envelope);
  const sse = (on) => events({ url: `${api}/live/events?${name}&after=${after()}`, tell: { message }, ...on });
  const polling = (on) => poll({ look, ...on });
  const ways = [["websocket", websocket], ["sse", sse], ["polling", polling]];
  const end = ladder({ ways: ways.map(([name, way]) => [name, guarded(way)]), connected });
  return end;
}
