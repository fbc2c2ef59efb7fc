// A room: what is said appears as it is said, once and in order, over whichever transport the site has.
import { listen } from "../samovar/channel.js";
import { showMessage, showPeople } from "./show.js";
import { watchPresence } from "./presence.js";

const room = document.querySelector("[data-room]");
const list = room.querySelector("[data-messages-list]");
const form = room.querySelector("[data-say]");
const field = form.querySelector("textarea");
const refusal = form.querySelector("[data-refusal]");
const last = () => Number(list.lastElementChild?.dataset.id ?? 0);

const tellPresence = watchPresence({ room, field, token: form.elements.csrfmiddlewaretoken.value, last });

// What was heard, not what is shown: one's own message is shown before another's, said earlier, is heard.
let heard = last();
const on = {
  message: (said) => { showMessage(list, said, room.dataset.me); tellPresence(); },
  people: ({ people }) => showPeople(room, people),
};
listen({
  api: room.dataset.api,
  channel: room.dataset.channel,
  after: () => heard,
  take: ({ event, id, data }) => { if (id !== null) heard = id; on[event]?.(data); },
  connected: (is, way) => {
    refusal.textContent = is ? "" : room.dataset.away;
    room.dataset.way = way;
  },
  gone: () => { room.replaceChildren(document.querySelector("[data-gone]").content); },
});

// The key is made before the first try: whoever sends again what may have arrived says it once.
let key = crypto.randomUUID?.() ?? "";
async function say() {
  const text = field.value;
  if (!text.trim()) return;
  const body = new URLSearchParams(new FormData(form));
  body.set("key", key);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    refusal.textContent = told.errors?.join(" ") ?? "";
    if (!answer.ok) return;
    key = crypto.randomUUID?.() ?? "";
    if (field.value === text) field.value = "";
    showMessage(list, told, room.dataset.me);
  } catch {
    refusal.textContent = room.dataset.notSent;
  }
}

form.addEventListener("submit", (event) => { event.preventDefault(); say(); });
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); say(); }
});
list.scrollTop = list.scrollHeight;
