// Say that the room is on the screen, that something is being written, and what was read.
const EVERY_MILLISECONDS = 20000;
const TYPING_MILLISECONDS = 2500;

export function watchPresence({ room, field, token, last }) {
  let typedAt = 0;

  function tell(isTyping = false) {
    if (document.hidden) return;
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, typing: isTyping ? "1" : "0", read: last() });
    fetch(room.dataset.presence, { method: "POST", body }).catch(() => {});
  }

  field.addEventListener("input", () => {
    if (!field.value || Date.now() - typedAt < TYPING_MILLISECONDS) return;
    typedAt = Date.now();
    tell(true);
  });
  document.addEventListener("visibilitychange", () => tell());
  setInterval(tell, EVERY_MILLISECONDS);
  tell();
  return () => tell();
}
