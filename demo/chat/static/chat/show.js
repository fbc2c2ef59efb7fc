// Show what was said, and who is there. Nothing is read as HTML.
import { localize } from "../samovar/times.js";

const TYPING_MILLISECONDS = 5000;
let forgetting = 0;

export function showMessage(list, said, me) {
  if (list.querySelector(`[data-id="${said.id}"]`)) return;
  const follows = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const item = document.createElement("li");
  item.className = said.author === me ? "message mine" : "message";
  item.dataset.id = said.id;
  item.append(who(said), paragraph(said.text));
  const later = [...list.children].find((other) => Number(other.dataset.id) > said.id);
  list.insertBefore(item, later ?? null);
  document.querySelector("[data-empty]").hidden = true;
  if (follows || said.author === me) list.scrollTop = list.scrollHeight;
}

function who(said) {
  const line = document.createElement("p");
  line.className = "who";
  const name = document.createElement("b");
  name.dir = "auto";
  name.textContent = said.author;
  const time = document.createElement("time");
  time.className = "quiet";
  time.dateTime = said.at;
  line.append(name, " ", time);
  localize(line);
  return line;
}

function paragraph(text) {
  const said = document.createElement("p");
  said.className = "said";
  said.dir = "auto";
  said.textContent = text;
  return said;
}

export function showPeople(room, people) {
  const list = room.querySelector("[data-people]");
  list.replaceChildren(...people.map((one) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.dir = "auto";
    name.textContent = one.name;
    item.append(name);
    if (one.here) {
      const here = document.createElement("span");
      here.className = "quiet";
      here.textContent = list.dataset.here;
      item.className = "here";
      item.append(here);
    }
    return item;
  }));
  clearTimeout(forgetting);
  forgetting = setTimeout(() => { room.querySelector("[data-typing]").textContent = ""; }, TYPING_MILLISECONDS);
  const writing = people.filter((one) => one.typing && one.name !== room.dataset.me).map((one) => one.name);
  const words = writing.length > 1 ? room.dataset.typingMany : room.dataset.typingOne;
  room.querySelector("[data-typing]").textContent = writing.length ? words.replace("%s", writing.join(", ")) : "";
}
