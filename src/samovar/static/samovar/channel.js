// Follow one channel of an app, as room:5. api is the address of the API, after() the position of the last event shown, take
// gets each {event, id, data} once and in order (an event without an id says how something stands), connected(is, way) says
// whether news come, and how.
import { events } from "./events.js";
import { pushed } from "./inbox.js";
import { ladder } from "./ladder.js";
import { read } from "./ledger.js";
import { poll } from "./poll.js";

export function listen({ api, channel, after, take, connected = () => {} }) {
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

  const websocket = (on) => pushed({ door, look, isGap: () => false, take: hear, ...on });
  const message = (envelope) => hear(envelope);
  const sse = (on) => events({ url: `${api}/live/events?${name}&after=${after()}`, tell: { message }, ...on });
  const polling = (on) => poll({ look, ...on });
  return ladder({ ways: [["websocket", websocket], ["sse", sse], ["polling", polling]], connected });
}
