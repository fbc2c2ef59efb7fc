// The log: lines are added in blocks, each once by its number, and followed only while the reader is at its end.

const BLOCK = 200;
const MOST = 20000;
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;

export class Log {
  #lines;
  #newer;
  #earlier;
  #unread = 0;

  constructor(section, last) {
    this.last = last;
    this.#lines = section.querySelector("[role=log]");
    this.#newer = section.querySelector(".newer");
    this.#earlier = section.querySelector("[data-earlier]");
    this.#newer.addEventListener("click", () => this.#toEnd());
    this.#lines.addEventListener("scroll", () => { if (this.#isAtEnd()) this.#read(); }, { passive: true });
    this.#toggle(section, "[data-wrap]", "nowrap", false);
    this.#toggle(section, "[data-times]", "times", true);
    if (!location.hash) this.#toEnd();
  }

  append(lines) {
    const fresh = lines.filter((line) => line.n > this.last);
    if (!fresh.length) return;
    const isFollowed = this.#isAtEnd();
    let block = this.#lines.lastElementChild;
    for (const line of fresh) {
      if (!block || block.childElementCount >= BLOCK) {
        block = document.createElement("div");
        block.className = "block";
        this.#lines.append(block);
      }
      block.append(this.#render(line));
    }
    this.last = fresh.at(-1).n;
    this.#unread += fresh.length;
    this.#forgetOldest();
    if (isFollowed) this.#toEnd();
    else this.#offer();
  }

  #render(line) {
    const element = document.createElement("div");
    element.id = `L${line.n}`;
    element.className = `line ${line.stream} ${line.level}`;
    element.dataset.n = line.n;
    element.dataset.at = new Date(line.at).toISOString().slice(11, 23);
    element.textContent = line.text.replace(ESCAPES, "");
    return element;
  }

  #forgetOldest() {
    while (this.#lines.childElementCount * BLOCK > MOST) this.#lines.firstElementChild.remove();
    const first = Number(this.#lines.querySelector(".line").dataset.n);
    if (first <= 1 || Number(this.#earlier.dataset.earlier) === first) return;
    this.#earlier.dataset.earlier = first;
    this.#earlier.hidden = false;
    this.#earlier.querySelector("a").search = `?after=${Math.max(0, first - 1001)}`;
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#lines;
    return scrollHeight - scrollTop - clientHeight < 40;
  }

  #toEnd() {
    this.#lines.scrollTop = this.#lines.scrollHeight;
    this.#read();
  }

  #read() {
    this.#unread = 0;
    this.#newer.hidden = true;
  }

  #offer() {
    this.#newer.textContent = this.#newer.dataset.newer.replace("{n}", this.#unread);
    this.#newer.hidden = false;
  }

  #toggle(section, selector, name, isOn) {
    const box = section.querySelector(selector);
    box.closest("label").hidden = false;
    box.addEventListener("change", () => this.#lines.classList.toggle(name, box.checked === isOn));
  }
}
