// The log: each line is added once, by its number, and followed only while the reader is at its end.
import { copying } from "./copy.js";
import { Earlier } from "./earlier.js";
import { fill, forget } from "./lines.js";

const MOST = 20000;
const NEAR = 40;

export class Log {
  #lines;
  #newer;
  #earlier;
  #begins;
  #unread = 0;

  constructor(section, last) {
    this.last = last;
    this.#begins = section.dataset.begins;
    this.#lines = section.querySelector("[role=log]");
    this.#newer = section.querySelector(".newer");
    this.#earlier = new Earlier(section, this.#lines);
    this.#newer.addEventListener("click", () => this.#toEnd());
    this.#lines.addEventListener("scroll", () => { if (this.#isAtEnd()) this.#read(); }, { passive: true });
    this.#toggle(section, "[data-wrap]", "nowrap", false);
    this.#toggle(section, "[data-times]", "times", true);
    copying(section.querySelector("[data-copy]"), this.#lines);
    if (!/^#L\d/.test(location.hash)) this.#toEnd();
  }

  append(lines) {
    const fresh = lines.filter((line) => line.n > this.last);
    if (!fresh.length) return;
    const isFollowed = this.#isAtEnd();
    fill(this.#lines, fresh, this.#begins);
    this.last = fresh.at(-1).n;
    this.#unread += fresh.length;
    if (isFollowed) {
      forget(this.#lines, MOST);
      this.#earlier.offer();
      this.#toEnd();
    } else {
      this.#newer.textContent = this.#newer.dataset.newer.replace("{n}", this.#unread);
      this.#newer.hidden = false;
    }
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#lines;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #toEnd() {
    this.#lines.scrollTop = this.#lines.scrollHeight;
    this.#read();
  }

  #read() {
    this.#unread = 0;
    this.#newer.hidden = true;
  }

  #toggle(section, selector, name, isOn) {
    const box = section.querySelector(selector);
    box.closest("label").hidden = false;
    box.addEventListener("change", () => this.#lines.classList.toggle(name, box.checked === isOn));
  }
}
