// One WebSocket of Centrifugo, on its unidirectional endpoint: the token is shown first, then frames come. When none comes
// for longer than the server's ping, the line is dead, whatever the browser thinks.

const OPEN_MILLISECONDS = 5000;
const LATE_MILLISECONDS = 10000;

export function openSocket({ url, token, opened, message, closed }) {
  const socket = new WebSocket(url);
  let patience = OPEN_MILLISECONDS;
  let timer = setTimeout(end, patience);
  let channels = {};
  let isOver = false;

  function end() {
    if (isOver) return;
    close();
    closed();
  }

  function close() {
    isOver = true;
    clearTimeout(timer);
    socket.close();
  }

  function take(frame) {
    if (frame.connect) {
      patience = (frame.connect.ping || 25) * 1000 + LATE_MILLISECONDS;
      channels = frame.connect.subs || {};
      opened(frame.connect);
    } else if (frame.pub) {
      message(frame.pub.data, frame.channel);
    } else if (frame.disconnect || (frame.unsubscribe && frame.channel in channels)) {
      end();
    }
  }

  socket.onopen = () => socket.send(JSON.stringify({ token }));
  socket.onclose = socket.onerror = end;
  socket.onmessage = ({ data }) => {
    for (const text of data.split("\n")) if (text && !isOver) take(JSON.parse(text));
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(end, patience);
  };
  return close;
}
