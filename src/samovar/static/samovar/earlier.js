// Earlier lines: brought in above those on the page, which stay where the reader has them.
import { fill, firstNumber } from "./lines.js";

const PAGE = 1000;
const MOST = 20000;

export class Earlier {
  #url;
  #floor;
  #begins;
  #note;
  #lines;

  constructor(section, lines) {
    this.#url = section.dataset.lines;
    this.#floor = Number(section.dataset.floor);
    this.#begins = section.dataset.begins;
    this.#note = section.querySelector("[data-earlier]");
    this.#lines = lines;
    this.#note.addEventListener("click", (event) => {
      // With so much on the page, the link leads to a page of its own.
      if (lines.childElementCount * 200 >= MOST) return;
      event.preventDefault();
      this.#bring();
    });
  }

  // Shows the link when there are such lines, and lets it lead to them.
  offer() {
    const first = firstNumber(this.#lines);
    this.#note.toggleAttribute("data-absent", first <= this.#floor + 1);
    const link = this.#note.querySelector("a");
    const query = new URLSearchParams(link.search);
    query.set("after", Math.max(this.#floor, first - 1 - PAGE));
    link.search = query;
  }

  async #bring() {
    const first = firstNumber(this.#lines);
    const after = Math.max(this.#floor, first - 1 - PAGE);
    const response = await fetch(`${this.#url}?after=${after}&limit=${first - 1 - after}`);
    if (!response.ok) return;
    const { lines } = await response.json();
    const earlier = document.createElement("div");
    fill(earlier, lines, this.#begins);
    const below = this.#lines.scrollHeight - this.#lines.scrollTop;
    this.#lines.prepend(...earlier.children);
    this.#lines.scrollTop = this.#lines.scrollHeight - below;
    this.offer();
  }
}
