// Lines of the log as elements, in blocks, as the server renders them too (_line.html).

const BLOCK = 200;
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;

function render(line, attempt, begins) {
  const element = document.createElement("div");
  element.id = `L${line.n}`;
  element.className = `line ${line.stream} ${line.level}`;
  element.dataset.n = line.n;
  element.dataset.at = new Date(line.at).toISOString().slice(11, 23);
  element.dataset.attempt = line.attempt;
  if (attempt && attempt !== line.attempt) element.dataset.begins = begins.replace("{n}", line.attempt);
  element.textContent = line.text.replace(ESCAPES, "");
  return element;
}

// Adds the lines behind what `parent` holds; `begins` is how the first line of an attempt is marked.
export function fill(parent, lines, begins) {
  let block = parent.lastElementChild;
  let attempt = Number(block?.lastElementChild?.dataset.attempt ?? 0);
  for (const line of lines) {
    if (!block || block.childElementCount >= BLOCK) {
      block = document.createElement("div");
      block.className = "block";
      parent.append(block);
    }
    block.append(render(line, attempt, begins));
    attempt = line.attempt;
  }
}

// Takes whole blocks away from the front until at most `most` lines are left.
export function forget(parent, most) {
  while ((parent.childElementCount - 1) * BLOCK >= most) parent.firstElementChild.remove();
}

export const firstNumber = (parent) => Number(parent.querySelector(".line")?.dataset.n ?? 1);
