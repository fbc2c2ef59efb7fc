// Copy what the log shows, as text, a line a line.

const SECONDS = 2;

export function copying(button, lines) {
  if (!navigator.clipboard) return;
  delete button.dataset.absent;
  button.addEventListener("click", async () => {
    const texts = [...lines.querySelectorAll(".line")].map((line) => line.textContent);
    await navigator.clipboard.writeText(`${texts.join("\n")}\n`);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = button.dataset.copy; }, SECONDS * 1000);
  });
}
