// Listen to a channel: by the transport that the site names, and by asking where it cannot pass.
const ASK_MILLISECONDS = 2000;

export function listen({ url, after, on }) {
  async function ask() {
    try {
      const answer = await fetch(`${url}?after=${after()}`);
      const { events } = await answer.json();
      for (const { event, data } of events) on[event]?.(data);
      on.connected(true);
    } catch {
      on.connected(false);
    }
    setTimeout(ask, ASK_MILLISECONDS);
  }
  ask();
}
