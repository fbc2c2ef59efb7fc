// Follow Server-Sent Events: tell has a function for each event's name.

export function events({ url, tell, up, down }) {
  // Not the browser's own reconnection: it gives up for good on an error status, and cannot change to another way.
  const source = new EventSource(url);
  source.onopen = up;
  source.onerror = () => { source.close(); down(); };
  for (const name of Object.keys(tell)) {
    source.addEventListener(name, (event) => tell[name](JSON.parse(event.data)));
  }
  return () => source.close();
}
