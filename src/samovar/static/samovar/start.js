// The start form: a second press of the button does nothing while the first is under way.

const form = document.querySelector("[data-start]");
const button = form.querySelector("button.primary");
const word = button.textContent;

form.addEventListener("submit", (event) => {
  if (button.ariaDisabled === "true") return event.preventDefault();
  button.ariaDisabled = "true";
  button.textContent = form.dataset.starting;
});

// The page that the browser kept is shown again after "back".
window.addEventListener("pageshow", () => {
  button.ariaDisabled = null;
  button.textContent = word;
});

document.querySelector("[aria-invalid=true]")?.focus();
