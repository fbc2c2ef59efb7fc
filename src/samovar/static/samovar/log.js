// The log: each line is added once, by its number, and followed only while the reader is at its end.
import { copying } from "./copy.js";
import { Earlier } from "./earlier.js";
import { fill, forget } from "./lines.js";

const MOST = 5000;
const SCREENFUL = 1000;
const NEAR = 40;

export class Log {
  #lines;
  #newer;
  #earlier;
  #begins;
  #empty;
  #waiting = [];
  #unread = 0;
  #isDue = false;
  #hasLeapt = false;

  constructor(section, last, isLive) {
    this.last = last;
    this.#begins = section.dataset.begins;
    this.#lines = section.querySelector("[role=log]");
    this.#newer = section.querySelector(".newer");
    this.#empty = section.querySelector(".empty");
    this.#earlier = new Earlier(section, this.#lines);
    this.#newer.addEventListener("click", () => this.#toEnd());
    this.#lines.addEventListener("scroll", () => { if (this.#isAtEnd()) this.#read(); }, { passive: true });
    this.#toggle(section, "[data-wrap]", "nowrap", false);
    this.#toggle(section, "[data-times]", "times", true);
    copying(section.querySelector("[data-copy]"), this.#lines);
    if (isLive && !/^#L\d/.test(location.hash)) this.#toEnd();
  }

  get isFollowed() {
    return this.#isAtEnd();
  }

  // Lines that do not go on from the last one take the place of all that came before.
  append(lines) {
    const fresh = lines.filter((line) => line.n > this.last);
    if (!fresh.length) return;
    if (fresh[0].n > this.last + 1) {
      this.#waiting.length = 0;
      this.#hasLeapt = true;
    }
    this.last = fresh.at(-1).n;
    if (!this.#isDue) requestAnimationFrame(() => this.#show());
    this.#isDue = true;
    this.#waiting.push(...fresh);
  }

  // Once a frame, however often lines come: a flood would else cost more than anybody can read.
  #show() {
    let lines = this.#waiting;
    this.#waiting = [];
    this.#isDue = false;
    const isFollowed = this.#hasLeapt || this.#isAtEnd();
    this.#empty.hidden = true;
    this.#unread += lines.length;
    if (this.#hasLeapt || (isFollowed && lines.length >= MOST)) {
      this.#lines.replaceChildren();
      lines = lines.slice(-SCREENFUL);
      this.#hasLeapt = false;
    }
    fill(this.#lines, lines, this.#begins);
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
    box.addEventListener("change", () => this.#lines.classList.toggle(name, box.checked === isOn));
  }
}
