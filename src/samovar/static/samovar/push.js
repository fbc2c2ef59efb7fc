// Listen over Centrifugo: ask at the door for a token, connect, and do so again before the token ends; the old line stays
// until the new one stands.
import { read } from "./ledger.js";
import { openSocket } from "./socket.js";

const RENEW_AT = 0.8;

export function push({ door, message, up, down }) {
  let close = null;
  let pending = null;
  let renewal = 0;
  let isStopped = false;

  async function connect() {
    const { transport, url, token } = await read(door);
    if (isStopped) return;
    if (transport !== "centrifugo") return lose(true);
    const closeThis = openSocket({
      url,
      token,
      message,
      opened: ({ ttl }) => {
        close?.();
        close = closeThis;
        clearTimeout(renewal);
        renewal = setTimeout(() => connect().catch(() => {}), ttl * RENEW_AT * 1000);
        up();
      },
      closed: () => { if (close === null || close === closeThis) lose(); },
    });
    pending = closeThis;
  }

  function stop() {
    isStopped = true;
    clearTimeout(renewal);
    pending?.();
    close?.();
  }

  // The site may have no Centrifugo at all: then there is no use in trying again.
  function lose(isAbsent = false) {
    if (isStopped) return;
    stop();
    down(isAbsent);
  }

  connect().catch(() => lose());
  return stop;
}
